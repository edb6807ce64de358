import type { ElapsedTime, Timer } from '../domain/clock.ts';

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;
/** A question that was asked again so often, for five minutes, stays open, and the look is judged all the same. */
const MOST_FAILURES = 9;

export interface LookQueueParts<L> {
  elapsed: ElapsedTime;
  /** What must be known before this look may be judged; null when nothing. Asked again when it fails. */
  question(look: L): Promise<void> | null;
  /** Judges it; called again for the same look when it throws. */
  judge(look: L): void;
  refused(error: unknown): void;
}

/** Looks at the market, judged in order and each once; one that cannot be recorded keeps its place and is tried again. */
export class LookQueue<L> {
  readonly #parts: LookQueueParts<L>;
  readonly #looks: L[] = [];
  /** Why nothing is judged now. */
  #held: 'no' | 'paused' | 'question' | 'refused' | 'over' = 'no';
  /** How many waited when it was paused. */
  #older = 0;
  #judging = false;
  /** Its question is settled. */
  #settled: L | null = null;
  /** In a row. */
  #failures = 0;
  #retry: Timer | null = null;

  constructor(parts: LookQueueParts<L>) {
    this.#parts = parts;
  }

  /** Those that wait, in order. Do not modify them. */
  get waiting(): readonly L[] {
    return this.#looks;
  }

  get isPaused(): boolean {
    return this.#held === 'paused';
  }

  push(look: L): void {
    this.#looks.push(look);
    this.#run();
  }

  /** Nothing is judged until `resume`; whatever held the first look up is asked anew then. */
  pause(): void {
    if (this.#held === 'over') return;
    this.#older = this.#looks.length;
    this.#hold('paused');
  }

  /** Goes on, with these before those that came since the pause. */
  resume(between: readonly L[] = []): void {
    if (this.#held === 'over') return;
    this.#looks.splice(this.#older, 0, ...between);
    this.#hold('no');
    this.#run();
  }

  close(): void {
    this.#hold('over');
    this.#looks.length = 0;
  }

  #hold(why: 'no' | 'paused' | 'question' | 'refused' | 'over'): void {
    this.#held = why;
    this.#retry?.cancel();
    this.#retry = null;
  }

  #run(): void {
    if (this.#judging) return;
    this.#judging = true;
    try {
      for (let look = this.#next(); look !== undefined; look = this.#next()) this.#one(look);
    } finally {
      this.#judging = false;
    }
  }

  #next(): L | undefined {
    return this.#held === 'no' ? this.#looks[0] : undefined;
  }

  #one(look: L): void {
    const question = look === this.#settled ? null : this.#parts.question(look);
    if (question !== null) {
      this.#hold('question');
      void question.then(
        () => this.#settle(look),
        (error: unknown) => this.#unanswered(look, error),
      );
      return;
    }
    try {
      this.#parts.judge(look);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#failures = 0;
    if (this.#looks[0] === look) this.#looks.shift();
  }

  #settle(look: L): void {
    this.#settled = look;
    if (this.#held === 'question' && this.#looks[0] === look) this.resume();
  }

  #unanswered(look: L, error: unknown): void {
    if (this.#failures < MOST_FAILURES) this.#refuse(error);
    else this.#settle(look);
  }

  #refuse(error: unknown): void {
    if (this.#held === 'over') return;
    this.#parts.refused(error);
    if (this.#held === 'paused') return;
    this.#hold('refused');
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
    this.#failures += 1;
    this.#retry = this.#parts.elapsed.after(wait, () => this.resume());
  }
}

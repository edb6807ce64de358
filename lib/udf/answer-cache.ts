import type { ElapsedMs, ElapsedTime } from '../domain/clock.ts';
import { headersOf, type UdfAnswer } from './answer.ts';
import { compress, type Encoding } from './encodings.ts';

const MOST_BYTES = 32 * 1024 * 1024;
/** What an entry takes beside its body. */
const OVERHEAD = 500;

/** An answer as it may be sent many times. */
export interface KeptAnswer extends UdfAnswer {
  /** null for what must not be kept anywhere. */
  etag: string | null;
  until: ElapsedMs;
  /** What goes on the wire, by encoding; made when first wanted. */
  forms: Map<Encoding | null, Form>;
  bytes: number;
}

/** Do not modify. */
export interface Form {
  headers: Readonly<Record<string, string | number>>;
  body: Buffer;
}

/** For this one request. */
export function unkept(answer: UdfAnswer): KeptAnswer {
  return { ...answer, etag: null, until: 0, forms: new Map(), bytes: 0 };
}

/**
 * Answers by their question, for as long as each says, at most 32 MB of them. Who asks while an answer is being made gets
 * the same one. An answer made anew with the same bytes keeps its tag, so that nobody reads it again.
 */
export class AnswerCache {
  readonly #elapsed: ElapsedTime;
  readonly #run: string;
  readonly #kept = new Map<string, KeptAnswer>();
  readonly #making = new Map<string, Promise<KeptAnswer>>();
  #bytes = 0;
  #serial = 0;

  /** `run` tells the tags of this process from another's. */
  constructor(elapsed: ElapsedTime, run: string) {
    this.#elapsed = elapsed;
    this.#run = run;
  }

  /** The answer, when it may still be given. */
  fresh(question: string): KeptAnswer | null {
    const known = this.#kept.get(question);
    return known !== undefined && known.until > this.#elapsed.now() ? known : null;
  }

  /** The answer, made now unless that is already under way. */
  async make(question: string, answer: () => Promise<UdfAnswer>): Promise<KeptAnswer> {
    const running = this.#making.get(question);
    if (running) return running;
    // What is made over a clear() answers who asked before it, and nobody after.
    const stands = () => this.#making.get(question) === making;
    const making: Promise<KeptAnswer> = answer().then((made) =>
      stands() ? this.#keep(question, made) : unkept(made),
    );
    this.#making.set(question, making);
    try {
      return await making;
    } finally {
      if (stands()) this.#making.delete(question);
    }
  }

  /** The answer in an encoding, made once. */
  form(kept: KeptAnswer, encoding: Encoding | null): Form {
    const known = kept.forms.get(encoding);
    if (known) return known;
    const body = encoding === null ? kept.body : compress(kept.body, encoding);
    const headers = headersOf(kept, kept.etag, body.length);
    const form = {
      body,
      headers: encoding === null ? headers : { ...headers, 'content-encoding': encoding },
    };
    kept.forms.set(encoding, form);
    if (encoding !== null && kept.until > 0) {
      kept.bytes += body.length;
      this.#grow(body.length);
    }
    return form;
  }

  get bytes(): number {
    return this.#bytes;
  }

  clear(): void {
    for (const question of [...this.#kept.keys()]) this.#drop(question);
    this.#making.clear();
  }

  #keep(question: string, made: UdfAnswer): KeptAnswer {
    if (made.keptMs <= 0) return unkept(made);
    const before = this.#kept.get(question);
    const until = this.#elapsed.now() + made.keptMs;
    if (before?.body.equals(made.body)) {
      before.until = until;
      return before;
    }
    this.#drop(question);
    this.#serial += 1;
    const etag = `W/"${this.#run}-${this.#serial}"`;
    const bytes = made.body.length + 2 * question.length + OVERHEAD;
    const kept = { ...made, etag, until, forms: new Map(), bytes };
    this.#kept.set(question, kept);
    this.#grow(bytes);
    return kept;
  }

  /** The oldest go first; most are over by then anyway. */
  #grow(bytes: number): void {
    this.#bytes += bytes;
    for (const question of this.#kept.keys()) {
      if (this.#bytes <= MOST_BYTES || this.#kept.size === 1) return;
      this.#drop(question);
    }
  }

  #drop(question: string): void {
    const known = this.#kept.get(question);
    if (known === undefined) return;
    this.#bytes -= known.bytes;
    known.until = 0;
    this.#kept.delete(question);
  }
}

import { jsonAnswer, notFound, type UdfAnswer } from './answer.ts';
import { ChartTime } from './chart-time.ts';
import { configuration } from './config.ts';
import type { ChartSource } from './feed-parts.ts';
import { history } from './history.ts';
import { marks, timescaleMarks } from './marks.ts';
import { quotes } from './quotes.ts';
import { search, symbolInfo } from './symbol-info.ts';

const SYMBOL_MS = 60_000;
const MOMENT_MS = 250;
const ENDPOINTS = '/config, /symbols, /search, /history, /marks, /timescale_marks, /time and /quotes';

/** The answers of one account to a chart's questions. Each throws TraderError for what cannot be answered. */
export class UdfFeed {
  readonly #source: ChartSource;
  readonly #marks: boolean;
  readonly #time: ChartTime;

  /** `marks`: whether a chart may see what the account did. */
  constructor(source: ChartSource, { marks }: { marks: boolean }) {
    this.#source = source;
    this.#marks = marks;
    this.#time = new ChartTime(source.clock, source.simulated);
  }

  async answer(endpoint: string, query: URLSearchParams): Promise<UdfAnswer> {
    const source = this.#source;
    switch (endpoint) {
      case '/history':
        return history(source, this.#time, query);
      case '/symbols':
        return jsonAnswer(await symbolInfo(source, query), SYMBOL_MS);
      case '/search':
        return jsonAnswer(await search(source, query), SYMBOL_MS);
      case '/quotes':
        return jsonAnswer(await quotes(source, query), MOMENT_MS);
      case '/marks':
        return jsonAnswer(this.#marks ? marks(source, this.#time, query) : [], MOMENT_MS);
      case '/timescale_marks':
        return jsonAnswer(this.#marks ? timescaleMarks(source, this.#time, query) : [], MOMENT_MS);
      case '/time':
        return textAnswer(String(this.#time.now()));
      default:
        return notFound(`Nothing answers at ${endpoint}; there are ${ENDPOINTS}.`);
    }
  }
}

/** Needs no account: a chart that gets no configuration takes another protocol for granted. */
export function configAnswer(options: { marks: boolean }): UdfAnswer {
  return jsonAnswer(configuration(options), 24 * 3_600_000);
}

function textAnswer(text: string): UdfAnswer {
  return { status: 200, type: 'text', body: Buffer.from(text), keptMs: 0 };
}

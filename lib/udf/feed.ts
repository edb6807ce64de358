import { jsonAnswer, notFound, type UdfAnswer } from './answer.ts';
import { ChartTime } from './chart-time.ts';
import { configuration } from './config.ts';
import type { ChartSource } from './feed-parts.ts';
import { history } from './history.ts';
import { marks, timescaleMarks } from './marks.ts';
import { openApiDocument } from './openapi.ts';
import { QUESTIONS } from './parameters.ts';
import { quotes } from './quotes.ts';
import { search } from './search.ts';
import { symbolInfo } from './symbol-info.ts';

const SYMBOL_MS = 60_000;
const MOMENT_MS = 250;
const STANDING_MS = 24 * 3_600_000;
const ENDPOINTS = Object.keys(QUESTIONS).join(', ');

/** At the address itself, for whoever opens it in a browser. */
const ABOUT = [
  "A data feed for charts, in TradingView's UDF: give this address to a chart. Below it:",
  '',
  ...Object.entries(QUESTIONS).map(([path, { summary }]) => `  ${path.padEnd(18)}${summary}`),
  `  ${'/openapi.json'.padEnd(18)}All of this with its parameters.`,
  '',
  'For example: /history?symbol=AAPL&resolution=5&countback=300&to=<unix seconds>',
  '',
].join('\n');

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
        return jsonAnswer(await search(source, query, { familiar: this.#marks }), SYMBOL_MS);
      case '/quotes':
        return jsonAnswer(await quotes(source, query), MOMENT_MS);
      case '/marks':
        return jsonAnswer(this.#marks ? marks(source, this.#time, query) : [], MOMENT_MS);
      case '/timescale_marks':
        return jsonAnswer(this.#marks ? timescaleMarks(source, this.#time, query) : [], MOMENT_MS);
      case '/time':
        return textAnswer(String(this.#time.now()));
      default:
        return notFound(`Nothing answers at ${endpoint}; there are ${ENDPOINTS} and /openapi.json.`);
    }
  }
}

/**
 * What is the same for every account, by its path: a chart that gets no configuration takes another protocol for granted.
 */
export function standingAnswers(options: { marks: boolean }): ReadonlyMap<string, UdfAnswer> {
  return new Map([
    ['/', textAnswer(ABOUT)],
    ['/config', jsonAnswer(configuration(options), STANDING_MS)],
    ['/openapi.json', jsonAnswer(openApiDocument(), STANDING_MS)],
  ]);
}

function textAnswer(text: string): UdfAnswer {
  return { status: 200, type: 'text', body: Buffer.from(text), keptMs: 0 };
}

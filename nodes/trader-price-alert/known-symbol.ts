import type { TradingAccount } from '../../lib/account.ts';
import type { PriceAlert } from '../../lib/alerts/alert.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import type { Lifetime } from '../kit/lifetime.ts';

/** How soon it is asked again; elapsed ms. */
const ASK_AGAIN_MS = 60_000;

/** Whether the broker knows an alert's symbol: on one that does not exist it would wait for ever, and look well. */
export class KnownSymbol {
  readonly #changed: (symbol: string) => void;
  #unknown = false;

  /** `changed` hears of a symbol that turns out to be unknown, or known after all. */
  constructor(changed: (symbol: string) => void) {
    this.#changed = changed;
  }

  get unknown(): boolean {
    return this.#unknown;
  }

  /** Asks until the broker knows it, and tells the alert's book. Never throws. */
  async ask(
    open: Pick<TradingAccount, 'quote' | 'alerts'>,
    until: Lifetime,
    alert: Pick<PriceAlert, 'id' | 'symbol'>,
  ): Promise<void> {
    const { id, symbol } = alert;
    const before = this.#unknown;
    let answered = false;
    try {
      await open.quote(symbol, Number.POSITIVE_INFINITY);
      answered = true;
      this.#unknown = false;
    } catch (error) {
      // Of a broker that cannot be reached nothing is known.
      if (error instanceof TraderError && error.code === 'E_NO_QUOTE') this.#unknown = true;
    }
    if (until.closed) return;
    open.alerts.tellKnown(id, !this.#unknown);
    if (this.#unknown !== before) this.#changed(symbol);
    if (!answered) until.after(ASK_AGAIN_MS, () => this.ask(open, until, alert));
  }
}

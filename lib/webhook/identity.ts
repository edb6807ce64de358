import type { EpochMs } from '../domain/clock.ts';
import { inputError } from '../domain/errors.ts';
import { digest } from '../domain/ids.ts';
import { type Field, type Fields, readText } from './fields.ts';

/** What makes this alert the same as, or another than, one received before. */
export interface Identity {
  /**
   * `id`: the sender named it, in the body or by `webhook-id`. `composite`: named by ticker, interval, time, timenow and order id together.
   * `body`: nothing names it; the same body within a minute counts as the same alert.
   */
  kind: 'id' | 'composite' | 'body';
  id: string;
}

const LONGEST_ID = 256;
const EXPECTED_ID = 'an id of its own for every alert';

const ORDER_ID = ['strategy.order.id', 'order_id'];

export interface IdentityContext {
  symbol: string;
  bodyDigest: string;
  receivedAt: EpochMs;
  /** Live accounts take no alert without an id: a constant body cannot be told from its resend. */
  live: boolean;
  /** The id of a signed alert, for one whose body has none. */
  signedId: string | null;
}

/** Throws E_INPUT naming `id` when the alert has none and the account is live. */
export function identify(fields: Fields, context: IdentityContext): Identity {
  const ids = fields.find(['id', 'alert_id']);
  const composite = compositeId(fields, context.symbol);
  // `id` goes before `alert_id`, which some templates fill with the alert's constant name.
  if (ids[0]) return { kind: 'id', id: readId(ids[0]) };
  if (context.signedId !== null) return { kind: 'id', id: context.signedId };
  if (composite !== null) return { kind: 'composite', id: composite };
  if (context.live) {
    throw inputError(
      'id',
      undefined,
      `${EXPECTED_ID}, such as "{{strategy.order.id}}|{{ticker}}|{{interval}}|{{timenow}}", on a live account`,
    );
  }
  return { kind: 'body', id: `body-${context.bodyDigest.slice(0, 32)}-${context.receivedAt}` };
}

/** `strategy.order.id` repeats ("Long", "Long", …): it names an order only together with where and when. */
function compositeId(fields: Fields, symbol: string): string | null {
  const parts = [['interval'], ['time', 'bar.time'], ['timenow'], ORDER_ID].map(
    (names) => fields.find(names)[0],
  );
  const values: string[] = [symbol];
  for (const part of parts) {
    if (!part) return null;
    values.push(readText(part, 'a value that helps to name the alert', LONGEST_ID));
  }
  const id = values.map((value) => value.replaceAll('%', '%25').replaceAll('|', '%7C')).join('|');
  return id.length <= LONGEST_ID ? id : `composite-${digest(...values)}`;
}

function readId(field: Field): string {
  // Beyond 2^53 neighbouring numbers read as the same one, and a new alert would pass for an old one.
  if (typeof field.value === 'number' && !Number.isSafeInteger(field.value)) {
    throw inputError(field.name, String(field.value), `${EXPECTED_ID}, in quotes`);
  }
  return readText(field, EXPECTED_ID, LONGEST_ID);
}

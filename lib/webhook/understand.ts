import { type EpochMs, isoTime } from '../domain/clock.ts';
import { inputError, TraderError } from '../domain/errors.ts';
import { canonicalDigest, signalKey } from '../domain/ids.ts';
import { type Signal, signalSchema } from '../domain/signal.ts';
import type { Wish } from './dialects/dialect.ts';
import { dialectOf, type Form } from './dialects/registry.ts';
import { refuseIncomplete } from './dialects/terms.ts';
import { Fields } from './fields.ts';
import { type Fired, type FreshnessLimits, fired } from './freshness.ts';
import { type Identity, identify } from './identity.ts';
import type { JsonRecord } from './json.ts';
import { refuseUnsupported } from './supported.ts';

export interface AlertContext {
  accountKey: string;
  live: boolean;
  source: string;
  /** For alerts that name no strategy. */
  book: string;
  /** The node lets this sender open short positions. */
  mayShort: boolean;
  /** Wall time. */
  receivedAt: EpochMs;
  limits: FreshnessLimits;
  form: Form;
  /** The names at the top of the alert as it came, by which its dialect is known. */
  names: ReadonlySet<string>;
  /** The id a signature was made for. */
  signedId: string | null;
}

/** The echo in the reply: what this alert was taken for, in the words of a Signal. */
export interface Understood
  extends Partial<
    Pick<
      Wish,
      | 'quantity'
      | 'target'
      | 'previous'
      | 'sizing'
      | 'limitPrice'
      | 'stopPrice'
      | 'takeProfit'
      | 'stopLoss'
      | 'trail'
      | 'strategy'
      | 'price'
      | 'stopDistance'
      | 'reason'
    >
  > {
  dialect: string;
  symbol: string;
  action: Signal['action'];
  type: Wish['type'];
  duration: Wish['duration'];
  book: string;
  id: string;
  identity: Identity['kind'];
  /** ISO 8601, null when the alert does not say. */
  firedAt: string | null;
  ageSeconds: number | null;
  information: Wish['information'];
  notes: string[];
}

export interface UnderstoodAlert {
  signal: Signal;
  signalKey: string;
  identity: 'id' | 'body';
  bodyDigest: string;
  /** Why a new alert with these times is refused; one that is already recorded is still a duplicate. */
  tooLate: TraderError | null;
  understood: Understood;
  /** Names of fields that are kept in the record and mean nothing here. */
  ignored: string[];
}

/** From an authenticated record, without its secret, to a Signal. Throws E_INPUT naming the field that is wrong. */
export function understand(record: JsonRecord, context: AlertContext): UnderstoodAlert {
  const fields = new Fields(record);
  const bodyDigest = canonicalDigest(record);
  const dialect = dialectOf(context.form, context.names);
  const wish = dialect.understand(fields, context);
  refuseUnsupported(wish);
  refuseIncomplete(wish, wish.written);
  const identity = identify(fields, { ...context, symbol: wish.symbol, bodyDigest });
  const maxAgeMs = Math.min(wish.maxAgeMs ?? context.limits.maxAgeMs, context.limits.maxAgeMs);
  const { stamp, tooLate } = freshness(fields, context, maxAgeMs);
  return {
    signal: toSignal(wish, identity, stamp, context),
    signalKey: signalKey(context.accountKey, context.source, identity.id),
    identity: identity.kind === 'body' ? 'body' : 'id',
    bodyDigest,
    tooLate,
    understood: echo(dialect.name, wish, identity, stamp),
    ignored: fields.ignored(),
  };
}

function freshness(
  fields: Fields,
  context: AlertContext,
  maxAgeMs: number,
): { stamp: Fired; tooLate: TraderError | null } {
  try {
    const stamp = fired(fields, context.receivedAt, { ...context.limits, maxAgeMs });
    if (stamp || !context.live) return { stamp, tooLate: null };
    const expected = 'the time the alert fired, "{{timenow}}", on a live account';
    return { stamp, tooLate: inputError('timenow', undefined, expected) };
  } catch (error) {
    if (error instanceof TraderError && error.code === 'E_INPUT') return { stamp: null, tooLate: error };
    throw error;
  }
}

function toSignal(wish: Wish, identity: Identity, stamp: Fired, context: AlertContext): Signal {
  const { information: _shown, notes: _told, written, maxAgeMs: _lag, ...wanted } = wish;
  const parsed = signalSchema.safeParse({
    ...wanted,
    id: identity.id,
    source: context.source,
    receivedAt: context.receivedAt,
    ...(context.mayShort ? { mayShort: true } : {}),
    ...(stamp ? { firedAt: stamp.at } : {}),
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0] ?? 'body');
  const name = written[field as keyof typeof written] ?? field;
  throw inputError(name, { ...wanted, id: identity.id }[field], issue?.message ?? 'a valid signal');
}

function echo(dialect: string, wish: Wish, identity: Identity, stamp: Fired): Understood {
  const { information, notes, reason, written: _names, maxAgeMs: _lag, ...wanted } = wish;
  const told = stamp ? notes : [...notes, 'age unknown: the alert brings no timenow, fired_at or timestamp'];
  return {
    dialect,
    ...wanted,
    ...(reason === '' ? {} : { reason }),
    id: identity.id,
    identity: identity.kind,
    firedAt: stamp ? isoTime(stamp.at) : null,
    ageSeconds: stamp ? Math.round(stamp.ageMs / 100) / 10 : null,
    information,
    notes: told,
  };
}

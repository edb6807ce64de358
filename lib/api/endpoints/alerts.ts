import { z } from 'zod';
import { ALERT_STATUSES, writtenTermsSchema } from '../../alerts/alert.ts';
import { inputError, TraderError } from '../../domain/errors.ts';
import { readSymbol } from '../../market/symbols/names.ts';
import type { TradingAccount } from '../../trading-account.ts';
import { outlookOf } from '../alert-outlook.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { alertAnswer, firingAnswer, intervalText, symbolText } from '../schemas.ts';
import { labelled } from '../view.ts';

const one = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{1,64}$/, "an alert's id")
    .describe("An alert's id."),
});

/** As the old service called them; still taken. */
const formerly = {
  condition_value: z.number().optional().meta({ deprecated: true, description: 'The same as value.' }),
  expires_at: z
    .number()
    .int()
    .optional()
    .meta({ deprecated: true, description: 'The same as expiresAt, in epoch seconds.' }),
};

const written = writtenTermsSchema.extend({
  symbol: symbolText,
  interval: intervalText
    .default('5')
    .describe('The bars of volume_…, rsi_…, macd_signal, bollinger_break; 5 when it is left out.'),
  ...formerly,
});

/** Each term by itself, without what it is when it is left out: a patch changes what it names. */
function eachTerm<S extends z.ZodRawShape>(shape: S) {
  return Object.fromEntries(
    Object.entries(shape as unknown as Record<string, z.ZodType>).map(([name, one]) => {
      const bare = one instanceof z.ZodDefault ? (one.unwrap() as z.ZodType) : one;
      return [
        name,
        one.description === undefined ? bare.optional() : bare.optional().describe(one.description),
      ];
    }),
  ) as unknown as { [K in keyof S]: z.ZodOptional<S[K] extends z.ZodDefault<infer T> ? T : S[K]> };
}

const patch = z.strictObject({
  ...eachTerm(written.shape),
  status: z
    .enum(['active', 'paused'])
    .optional()
    .describe('active arms it again, also after it fired; paused stays until it is active.'),
});

/** What it waits for: beside the alert in an answer. */
const waitsFor = {
  price: z.number().nullable().describe('The last price of its symbol now; null when there is none.'),
  outlook: z.string().describe('What it waits for from there, in words.'),
};

const AT_ONCE =
  'An alert that is armed with the price already there fires at once: price_above and price_below ask where the price ' +
  'is, price_cross_above and price_cross_below wait for it to come from the other side.';

const missing = { description: 'There is no such alert.', schema: z.unknown() };

export const alertEndpoints: Endpoint[] = [
  endpoint({
    id: 'listAlerts',
    method: 'GET',
    path: '/api/v1/alerts',
    tag: 'Alerts',
    summary: 'Price alerts, oldest first.',
    query: z.strictObject({
      status: z.enum(ALERT_STATUSES).optional(),
      symbol: symbolText.optional(),
    }),
    answers: { 200: { description: 'The alerts.', schema: z.object({ alerts: z.array(alertAnswer) }) } },
    handle({ account }, { query }) {
      const symbol = query.symbol === undefined ? undefined : readSymbol(query.symbol);
      const { alerts, simulated } = account();
      const found = alerts
        .list()
        .filter((alert) => query.status === undefined || alert.status === query.status)
        .filter((alert) => symbol === undefined || alert.symbol === symbol);
      return { status: 200, body: { alerts: found.map((alert) => labelled(alert, simulated)) } };
    },
  }),
  endpoint({
    id: 'createAlert',
    method: 'POST',
    path: '/api/v1/alerts',
    tag: 'Alerts',
    summary:
      'Makes a price alert. Its firings go to the stream and to the price-alert node for alerts of the API. ' +
      AT_ONCE,
    body: written,
    example: { body: { symbol: 'AAPL', condition: 'price_above', value: 100 } },
    answers: {
      201: {
        description: 'It is watched from now on.',
        schema: z.object({
          status: z.literal('created'),
          alert_id: z.string(),
          alert: alertAnswer,
          ...waitsFor,
        }),
      },
    },
    async handle({ account }, { body }) {
      const { alerts, simulated } = account();
      const terms = asNow(body);
      const price = await priceOf(account(), terms.symbol);
      const alert = inTheirWords(body, () => alerts.add(terms));
      // It may have fired as it was made: what it waited for is what is asked.
      const outlook = outlookOf({ ...alert, status: 'active' }, price);
      return {
        status: 201,
        body: { status: 'created', alert_id: alert.id, alert: labelled(alert, simulated), price, outlook },
      };
    },
  }),
  endpoint({
    id: 'readAlert',
    method: 'GET',
    path: '/api/v1/alerts/{id}',
    tag: 'Alerts',
    summary: 'One alert and its latest firings.',
    params: one,
    answers: {
      200: {
        description: 'The alert.',
        schema: z.object({ alert: alertAnswer, firings: z.array(firingAnswer) }),
      },
      404: missing,
    },
    handle({ account }, { params: { id } }) {
      const { alerts, simulated } = account();
      const alert = alerts.get(id);
      if (alert === null) return noAlert(id);
      const firings = alerts.firings(id).map((firing) => labelled(firing, simulated));
      return { status: 200, body: { alert: labelled(alert, simulated), firings } };
    },
  }),
  endpoint({
    id: 'changeAlert',
    method: 'PATCH',
    path: '/api/v1/alerts/{id}',
    tag: 'Alerts',
    summary:
      'Pauses an alert, arms it again, or changes its terms. Of a node’s own alert only the status can be changed. ' +
      'An alert that fired is armed again by the status active, and by a change of anything but its message, tags, signal and ' +
      'expiresAt; one that is over by another expiresAt; a paused one by its status alone. ' +
      `${AT_ONCE} Where a new condition has its value in another unit, the value comes with it.`,
    params: one,
    body: patch,
    example: { body: { status: 'paused' } },
    answers: {
      200: { description: 'As it is now.', schema: z.object({ alert: alertAnswer, ...waitsFor }) },
      404: missing,
    },
    async handle({ account }, { params: { id }, body }) {
      if (Object.keys(body).length === 0) throw inputError('body', body, 'at least one field to change');
      const open = account();
      const { alerts, simulated } = open;
      const { status } = body;
      const changed = asNow(body);
      if (changed.symbol !== undefined) await priceOf(open, changed.symbol);
      const wish = { ...changed, ...(status === undefined ? {} : { status }) };
      const alert = inTheirWords(body, () => alerts.change(id, wish));
      if (alert === null) return noAlert(id);
      // Changed already: a pause waits for no broker.
      const price = await priceOf(open, alert.symbol).catch(() => null);
      const outlook = outlookOf(alert, price);
      return { status: 200, body: { alert: labelled(alert, simulated), price, outlook } };
    },
  }),
  endpoint({
    id: 'deleteAlert',
    method: 'DELETE',
    path: '/api/v1/alerts/{id}',
    tag: 'Alerts',
    summary: 'Removes an alert and its firings.',
    params: one,
    answers: {
      200: { description: 'It is gone.', schema: z.object({ status: z.literal('deleted') }) },
      404: missing,
    },
    handle({ account }, { params: { id } }) {
      const { alerts } = account();
      const alert = alerts.get(id);
      if (alert !== null && alert.owner !== '') {
        throw inputError('id', id, "an alert made here; this one is set in its node's dialog");
      }
      return alert !== null && alerts.remove(id) ? { status: 200, body: { status: 'deleted' } } : noAlert(id);
    },
  }),
];

type Named = {
  [K in keyof z.output<typeof written>]?: z.output<typeof written>[K] | undefined;
} & { status?: unknown };

function asNow<T extends Named>(body: T): Omit<T, 'condition_value' | 'expires_at' | 'status'> {
  const { condition_value: value, expires_at: seconds, status: _, ...terms } = body;
  if (value !== undefined && terms.value !== undefined)
    throw inputError('condition_value', value, 'value alone: condition_value is its former name');
  if (seconds !== undefined && terms.expiresAt != null)
    throw inputError('expires_at', seconds, 'expiresAt alone: expires_at is its former name');
  return {
    ...terms,
    ...(terms.symbol === undefined ? {} : { symbol: readSymbol(terms.symbol) }),
    ...(value === undefined ? {} : { value }),
    ...(seconds === undefined ? {} : { expiresAt: seconds * 1_000 }),
  };
}

/** An error about a field that was sent by its former name says that name. */
function inTheirWords<T>(body: Named, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TraderError) || error.code !== 'E_INPUT') throw error;
    const { field, expected = 'another value' } = error;
    if (field === 'expiresAt' && body.expires_at !== undefined)
      throw inputError('expires_at', body.expires_at, `${expected}; expires_at itself is in epoch seconds`);
    if (field === 'value' && body.condition_value !== undefined)
      throw inputError('condition_value', body.condition_value, expected);
    throw error;
  }
}

/** The last price, null before there is one. An alert on a symbol that does not exist would wait for ever: E_INPUT. */
async function priceOf(account: Pick<TradingAccount, 'quote'>, symbol: string): Promise<number | null> {
  try {
    return (await account.quote(symbol, Number.POSITIVE_INFINITY)).last;
  } catch (error) {
    if (!(error instanceof TraderError) || error.code !== 'E_NO_QUOTE') throw error;
    throw inputError('symbol', symbol, 'a symbol the broker knows');
  }
}

function noAlert(id: string) {
  const expected = 'the id of an alert';
  return {
    status: 404,
    body: { error: { field: 'id', value: id, expected, message: `There is no alert ${id}.` } },
  };
}

import { BOUNDS } from './protocol.ts';

/** The protocol of `/stream`, for the readable page. */
export const STREAM_PROTOCOL: readonly { title: string; lines: readonly (readonly [string, string])[] }[] = [
  {
    title: 'WS /stream, from you',
    lines: [
      ['{"action":"subscribe","symbols":["AAPL","BRK.B"]}', 'Quotes of these symbols, in any spelling.'],
      [
        '{"action":"subscribe","channels":["bars"],"symbols":["AAPL"],"interval":"5","count":100}',
        'Bars: the last 100, then the forming one and each that closes.',
      ],
      [
        '{"action":"subscribe","channels":["orders","portfolio","alerts"]}',
        'The account. Also: account and positions, the two parts of portfolio by themselves.',
      ],
      [
        '{"action":"unsubscribe","symbols":["MSFT"]}',
        'Without symbols: all of the channel. An id comes back with the answer.',
      ],
    ],
  },
  {
    title: 'WS /stream, from us',
    lines: [
      [
        'subscription_confirmed',
        'What holds: symbols, channels, and in names which symbol each of your spellings means; unknown lists what the ' +
          'broker does not know. Where nothing holds, an error. unsubscription_confirmed of your unsubscribe.',
      ],
      [
        'quotes',
        'The snapshot, and what a slow reader missed: the newest quote of each symbol in data, their numbers in seq.',
      ],
      [
        'quote',
        'One quote in data. seq counts each symbol’s; a step over a number: newer ones took its place.',
      ],
      [
        'bars, bar',
        'The snapshot; then one bar in data, kind forming, closed or corrected. After a gap a new snapshot.',
      ],
      [
        'orders, order_update, execution',
        'The snapshot: the newest 100 and all that work, a long one in parts (part of parts; one snapshot goes before the next ' +
          'begins). Then each change of an order, and shares that were filled, each fill once, by its executionId. None is left ' +
          'out: after a time without the account they come before the new snapshot.',
      ],
      [
        'strategy_mode_change',
        'With orders: the account trades (active), only exits (reducing) or not at all (halted): from_mode, to_mode and reason. ' +
          'strategy_id is null: it holds for every strategy.',
      ],
      ['portfolio, account, positions', 'As in GET /api/v1/portfolio; the newest wins.'],
      [
        'alerts, alert',
        'The snapshot, a long one in parts; an alert that was created, changed, fired or deleted (kind), and its firing.',
      ],
      [
        'symbol, ticker',
        'In all of these symbol is as Tradier writes it, BRK/B, and ticker as TradingView does, BRK.B.',
      ],
      [
        'at, timestamp',
        'at, and every other time, is market time; timestamp is wall time, when it was said. Epoch ms.',
      ],
      ['heartbeat', 'Every 15 s. Answer the WebSocket pings, or you are taken for gone.'],
      [
        'error',
        'message, field, value, expected; the id of your message. The connection stays, except beyond the bounds.',
      ],
    ],
  },
  {
    title: 'WS /stream, bounds',
    lines: [
      [
        'symbols',
        `${BOUNDS.symbols} a client, ${BOUNDS.allSymbols} of all together; ${BOUNDS.bars} series of bars a client.`,
      ],
      [
        'messages',
        `${BOUNDS.messages} in ${BOUNDS.windowMs / 1_000} s, each up to ${BOUNDS.payload} bytes of text; what is beyond is an ` +
          `error. Twice as many (1008), ${BOUNDS.mostPayload} bytes (1009) or bytes that are no text (1003) end the connection.`,
      ],
      [
        'a token',
        'From elsewhere: Authorization: Bearer, or in a browser the subprotocols trader.v1 and token.<token>.',
      ],
      [
        'a slow reader',
        'Gets the newest quotes instead of all; one that cannot even take orders and bars is let go.',
      ],
    ],
  },
];

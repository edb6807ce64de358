import assert from 'node:assert/strict';
import { toEpoch } from '../../lib/market/calendar.ts';
import { type Client, HandClock, leg, started, stopAll } from './support.ts';

type Form = Record<string, string>;

const OCO: Form = {
  class: 'oco',
  duration: 'gtc',
  ...leg(0, { type: 'limit', price: '900' }),
  ...leg(1, { type: 'stop', stop: '50' }),
};
const OTOCO: Form = {
  class: 'otoco',
  duration: 'day',
  ...leg(0, { side: 'buy', type: 'limit', price: '50' }),
  ...leg(1, { type: 'limit', price: '900' }),
  ...leg(2, { type: 'stop', stop: '40' }),
};

/** What is sent instead of the fields of a good single order, and what must come back. */
const SINGLE: [Form, string][] = [
  [{ class: '' }, 'class: is not valid.'],
  [{ class: 'bracket' }, 'class: is not valid.'],
  [{ class: 'option' }, 'class: option is not available in this simulator, only equity, oto, oco and otoco.'],
  [
    { class: 'multileg' },
    'class: multileg is not available in this simulator, only equity, oto, oco and otoco.',
  ],
  [{ symbol: '' }, 'symbol: is required.'],
  [{ side: 'buy_to_open' }, 'side: is not valid.'],
  [{ side: '' }, 'side: is not valid.'],
  [{ quantity: '1.5' }, 'quantity: is not valid.'],
  [{ quantity: 'ten' }, 'quantity: is not valid.'],
  [{ quantity: '' }, 'quantity: is not valid.'],
  [{ duration: 'ioc' }, 'duration: is not valid.'],
  [{ duration: 'pre' }, 'duration: pre market no longer available.'],
  [{ duration: 'post' }, 'duration: post market no longer available.'],
  [{ type: 'trailing' }, 'type: is not valid.'],
  [{ price: '-1' }, 'price: is not valid.'],
  [{ price: '0x10' }, 'price: is not valid.'],
  [{ price: '1e3' }, 'price: is not valid.'],
  [{ type: 'stop', stop: '0' }, 'stop: is not valid.'],
  [{ type: 'stop_limit', stop: 'low' }, 'stop: is not valid.'],
  [{ tag: 'a_b' }, 'tag: contains invalid characters.'],
  [{ tag: 'a b' }, 'tag: contains invalid characters.'],
  [{ tag: 'x'.repeat(256) }, 'tag: contains more than 255 characters.'],
];

const GROUPS: [Form, string][] = [
  [{ ...OCO, symbol: 'AAPL' }, 'symbol: is not valid.'],
  [{ ...OTOCO, symbol: 'AAPL' }, 'symbol: is not valid.'],
  [{ ...OCO, 'symbol[0]': '' }, 'symbol[0]: is required.'],
  [{ ...OCO, class: 'otoco' }, 'symbol[2]: is required.'],
  [{ ...OTOCO, class: 'oto' }, 'symbol[2]: is not valid.'],
  [{ ...OCO, 'side[1]': 'up' }, 'side[1]: is not valid.'],
  [{ ...OCO, 'quantity[1]': '0.5' }, 'quantity[1]: is not valid.'],
  [{ ...OTOCO, 'type[2]': 'trailing' }, 'type[2]: is not valid.'],
  [{ ...OTOCO, 'price[0]': '-5' }, 'price[0]: is not valid.'],
  [{ ...OTOCO, 'stop[2]': 'x' }, 'stop[2]: is not valid.'],
  [{ ...OCO, duration: '' }, 'duration: is not valid.'],
  [{ ...OCO, 'duration[1]': 'ioc' }, 'duration[1]: is not valid.'],
  [
    { ...OCO, 'option_symbol[0]': 'SPY180720C00274000' },
    'option_symbol[0]: options are not available in this simulator.',
  ],
  [{ ...OCO, tag: 'a.b' }, 'tag: contains invalid characters.'],
];

describe('simulator: parameters of orders', () => {
  let client: Client;

  before(async () => {
    client = await started({ limits: false });
  });
  after(stopAll);

  async function refused(answer: ReturnType<Client['send']>, message: string): Promise<void> {
    const { status, text } = await answer;
    assert.deepEqual([status, text], [400, `Invalid parameter, ${message}`]);
    assert.equal((await client.get(client.orders())).text, '{"orders":"null"}');
  }

  for (const [form, message] of SINGLE) {
    it(`refuses ${JSON.stringify(form).slice(0, 40)}`, () => refused(client.place(form), message));
  }
  for (const [form, message] of GROUPS) {
    it(`refuses a group: ${message}`, () => refused(client.send('POST', client.orders(), form), message));
  }

  it('takes no group in the hours for single orders only', async () => {
    const clock = new HandClock();
    const early = await started({
      elapsed: clock,
      wall: clock.wall,
      extendedHours: true,
      start: toEpoch('2026-03-02', '08:00'),
    });
    const group = await early.send('POST', early.orders(), { ...OCO, duration: 'pre' });
    assert.deepEqual([group.status, group.text], [400, 'Invalid parameter, duration: is not valid.']);
    const post = await early.place({ duration: 'post' });
    assert.deepEqual(
      [post.status, post.text],
      [400, 'Invalid parameter, duration: post market no longer available.'],
    );
  });
});

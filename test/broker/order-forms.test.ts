import assert from 'node:assert/strict';
import type { GroupOrderRequest, OrderChange, OrderLegRequest, OrderRequest } from '../../lib/broker/port.ts';
import {
  changeFaultOf,
  changeFormOf,
  faultOf,
  formOf,
  isEntry,
} from '../../lib/broker/tradier/order-forms.ts';
import { anOrder } from './fixtures.ts';

const ENTRY: OrderLegRequest = { symbol: 'AAPL', side: 'buy', quantity: 10, type: 'limit', price: 150.05 };
const TARGET: OrderLegRequest = { symbol: 'AAPL', side: 'sell', quantity: 10, type: 'limit', price: 160 };
const STOP: OrderLegRequest = { symbol: 'AAPL', side: 'sell', quantity: 10, type: 'stop', stop: 140.5 };

function group(kind: GroupOrderRequest['class'], legs: OrderLegRequest[]): GroupOrderRequest {
  return { class: kind, legs, duration: 'gtc', tag: 'abcd-group-1' };
}

/** What goes in, and the form as a person reads it. */
const FORMS: [string, OrderRequest, string][] = [
  [
    'stop',
    anOrder({ side: 'sell', type: 'stop', stop: 140 }),
    'class=equity&symbol=AAPL&side=sell&quantity=10&type=stop&duration=day&tag=abcd-test-1&stop=140',
  ],
  [
    'stop limit, short',
    anOrder({ side: 'sell_short', type: 'stop_limit', stop: 140, price: 139.5, duration: 'gtc' }),
    'class=equity&symbol=AAPL&side=sell_short&quantity=10&type=stop_limit&duration=gtc&tag=abcd-test-1&price=139.5&stop=140',
  ],
  [
    'cover before the market opens',
    anOrder({ side: 'buy_to_cover', type: 'limit', price: 140, duration: 'pre' }),
    'class=equity&symbol=AAPL&side=buy_to_cover&quantity=10&type=limit&duration=pre&tag=abcd-test-1&price=140',
  ],
  [
    'oto',
    group('oto', [ENTRY, { symbol: 'AAPL', side: 'sell', quantity: 10, type: 'market' }]),
    'class=oto&duration=gtc&tag=abcd-group-1&symbol[0]=AAPL&side[0]=buy&quantity[0]=10&type[0]=limit&price[0]=150.05' +
      '&symbol[1]=AAPL&side[1]=sell&quantity[1]=10&type[1]=market',
  ],
  [
    'oco',
    group('oco', [TARGET, STOP]),
    'class=oco&duration=gtc&tag=abcd-group-1&symbol[0]=AAPL&side[0]=sell&quantity[0]=10&type[0]=limit&price[0]=160' +
      '&symbol[1]=AAPL&side[1]=sell&quantity[1]=10&type[1]=stop&stop[1]=140.5',
  ],
  [
    'otoco with durations of their own',
    group('otoco', [{ ...ENTRY, duration: 'day' }, TARGET, STOP]),
    'class=otoco&tag=abcd-group-1&symbol[0]=AAPL&side[0]=buy&quantity[0]=10&type[0]=limit&duration[0]=day&price[0]=150.05' +
      '&symbol[1]=AAPL&side[1]=sell&quantity[1]=10&type[1]=limit&duration[1]=gtc&price[1]=160' +
      '&symbol[2]=AAPL&side[2]=sell&quantity[2]=10&type[2]=stop&duration[2]=gtc&stop[2]=140.5',
  ],
];

const FAULTS: [OrderRequest, RegExp][] = [
  [anOrder({ type: 'stop' }), /^stop: /],
  [anOrder({ type: 'stop_limit', stop: 10 }), /^price: /],
  [anOrder({ type: 'stop', stop: 10, price: 9 }), /^price: a stop order has none/],
  [anOrder({ type: 'limit', price: 1e-7 }), /^price: /],
  [group('oto', [ENTRY]), /^legs: an oto order has 2, not 1/],
  [group('otoco', [ENTRY, TARGET]), /^legs: an otoco order has 3, not 2/],
  [group('multileg' as 'oto', [ENTRY, TARGET]), /^class: /],
  [{ ...group('oco', [TARGET, STOP]), tag: 'a_b' }, /^tag: /],
  [group('oto', [{ ...ENTRY, symbol: 'A B' }, TARGET]), /^symbol\[0\]: /],
  [group('oto', [ENTRY, { ...TARGET, quantity: 1.5 }]), /^quantity\[1\]: /],
  [group('otoco', [ENTRY, TARGET, { ...STOP, stop: 0 }]), /^stop\[2\]: /],
  [group('oto', [{ ...ENTRY, price: Number.NaN }, TARGET]), /^price\[0\]: /],
  [group('oto', [{ symbol: 'AAPL', side: 'buy', quantity: 1, type: 'market' }, TARGET]), /^type\[0\]: /],
  [group('oco', [TARGET, { symbol: 'AAPL', side: 'sell', quantity: 1, type: 'market' }]), /^type\[1\]: /],
  [group('oco', [TARGET, { ...STOP, symbol: 'MSFT' }]), /^symbol\[1\]: /],
  [group('oco', [TARGET, TARGET]), /^type\[1\]: both legs are limit orders/],
  [group('otoco', [ENTRY, STOP, STOP]), /^type\[2\]: both legs are stop orders/],
];

describe('order forms', () => {
  for (const [title, order, expected] of FORMS) {
    it(`writes ${title}`, () => {
      assert.equal(faultOf(order), null);
      assert.equal(decodeURIComponent(formOf(order).toString()), expected);
    });
  }

  it('encodes the keys of legs', () => {
    assert.ok(
      formOf(group('oco', [TARGET, STOP]))
        .toString()
        .includes('symbol%5B0%5D=AAPL'),
    );
  });

  for (const [order, expected] of FAULTS) {
    it(`finds the fault ${expected.source}`, () => assert.match(faultOf(order) ?? '', expected));
  }

  it('knows entries by their first leg', () => {
    assert.ok(isEntry(group('otoco', [ENTRY, TARGET, STOP])));
    assert.ok(!isEntry(group('oco', [TARGET, STOP])));
    assert.ok(isEntry(anOrder({ side: 'sell_short' })));
    assert.ok(!isEntry(anOrder({ side: 'buy_to_cover' })));
  });

  it('writes changes', () => {
    assert.equal(changeFormOf({ stop: 141.25 }).toString(), 'stop=141.25');
    const all: OrderChange = { type: 'stop_limit', duration: 'gtc', price: 140, stop: 141 };
    assert.equal(changeFormOf(all).toString(), 'type=stop_limit&duration=gtc&price=140&stop=141');
  });

  for (const [change, expected] of [
    [{}, /changes nothing/],
    [{ price: -1 }, /^price: /],
    [{ stop: Number.POSITIVE_INFINITY }, /^stop: /],
    [{ type: 'market', price: 10 }, /^price: a market order has none/],
    [{ type: 'limit', stop: 10 }, /^stop: a limit order has none/],
  ] as [OrderChange, RegExp][]) {
    it(`refuses the change ${JSON.stringify(change)}`, () =>
      assert.match(changeFaultOf(change) ?? '', expected));
  }
});

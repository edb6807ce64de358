import assert from 'node:assert/strict';
import { SUPPORTED } from '../../lib/webhook/supported.ts';
import { accepted, alert, NOW, post, refused, SECRET } from './alerts.ts';
import { DIALECT_ROWS } from './dialect-rows.ts';

const BEARER = { authorization: `Bearer ${SECRET}` };

describe('webhook: dialects', () => {
  for (const { dialect, body, wanted, refuses } of DIALECT_ROWS) {
    const shown = typeof body === 'string' ? body : JSON.stringify(body);
    const result = refuses ? `refuses ${refuses}` : JSON.stringify(wanted);
    it(`${dialect}: ${shown.replaceAll('\n', '⏎').slice(0, 100)} → ${result}`, () => {
      if (refuses) {
        assert.equal(refused(body, { headers: BEARER }).field, refuses);
        return;
      }
      const { signal, understood, reply } = accepted(body, { headers: BEARER });
      assert.equal(understood.dialect, dialect);
      for (const [name, value] of Object.entries(wanted ?? {})) {
        assert.deepEqual(signal[name as keyof typeof signal], value, name);
      }
      assert.ok(!JSON.stringify(reply).includes(SECRET));
    });
  }

  it('every dialect is in the table, and the table has every dialect', () => {
    const named = new Set(DIALECT_ROWS.map(({ dialect }) => dialect));
    assert.deepEqual([...named].sort(), [
      '3commas',
      '3commas-dca',
      'alertatron',
      'key=value',
      'openalgo',
      'pineconnector',
      'signalstack',
      'traderspost',
      'tradingview',
      'words',
    ]);
  });

  it('an alert in two dialects at once is refused with what told each', () => {
    const both = { ticker: 'AAPL', action: 'buy', sentiment: 'long', bot_uuid: 'x', tv_instrument: 'AAPL' };
    const error = refused(alert(both));
    assert.equal(error.field, 'body');
    assert.match(error.message, /traderspost \(sentiment\) and 3commas \(bot_uuid, tv_instrument\)/);
    assert.match(
      refused(alert({ symbol: 'AAPL', action: 'buy', pricetype: 'MARKET', bot_id: 1 })).message,
      /3commas-dca \(bot_id\) and openalgo \(pricetype\)/,
    );
  });

  it('text that is nearly an alert is a 400 that says which form it looks like, and quotes nothing', () => {
    const rows: [string, RegExp][] = [
      [`buy AAPL MSFT secret=${SECRET}`, /words that mean nothing/],
      ['buy 10 AAPL 20', /two quantities/],
      ['sell', /symbol is expected/],
      ['buy 10', /symbol is expected/],
      ['buy 10 AAPL soon', /words that mean nothing/],
      ['buy 10 AAPL id=a now', /key=value come only others/],
      ['action=buy action=sell symbol=AAPL', /twice/],
      ['a=1\n__proto__=2', /does not begin with a brace/],
      ['constructor=2', /not accepted/],
      [`${SECRET},buy,AAPL,now`, /key=value parts/],
      [`${SECRET},buy,AAPL\n${SECRET},sell,AAPL`, /several commands/],
      [`Desk(AAPL) { market(side=buy); limit(side=sell); }`, /exactly one command/],
      ['Desk(AAPL) { market(side=buy) } and more', /nothing but a #tag/],
      ['Desk(AAPL) { market side=buy }', /not written as/],
      ['price is 10', /does not begin with a brace/],
      [`buy ${'1'.repeat(9_000)} AAPL`, /does not begin with a brace/],
    ];
    for (const [body, words] of rows) {
      const error = refused(body, { headers: BEARER }, 400);
      assert.match(error.message, words, body);
      assert.ok(!JSON.stringify(error).includes(SECRET.slice(0, 8)));
    }
  });

  it('a dialect with a place for the secret takes it there', () => {
    for (const body of [
      { secret: SECRET, bot_uuid: 'u', tv_instrument: 'AAPL', action: 'enter_long' },
      { message_type: 'bot', bot_id: 1, email_token: SECRET, pair: 'USD_AAPL' },
      { apikey: SECRET, symbol: 'AAPL', action: 'BUY', quantity: '1', pricetype: 'MARKET' },
      `secret=${SECRET}\naction=buy\nsymbol=AAPL`,
      `SECRET=${SECRET};SIGNAL=BUY;SYMBOL=AAPL;VOLUME=3`,
      `buy 10 AAPL secret=${SECRET}`,
      `${SECRET},buy,AAPL`,
      `any-license,buy,AAPL,secret=${SECRET}`,
      `${SECRET}(AAPL) { market(side=buy, amount=1); } #bot`,
    ]) {
      const { reply } = accepted(body);
      assert.ok(!JSON.stringify(reply).includes(SECRET));
    }
  });

  it('a wrong secret in any dialect is the same 401', () => {
    for (const body of [
      { secret: 'x', bot_uuid: 'u', tv_instrument: 'AAPL', action: 'enter_long' },
      { message_type: 'bot', email_token: 'x', pair: 'USD_AAPL' },
      { apikey: 'x', symbol: 'AAPL', action: 'BUY' },
      { license: SECRET, key_name: SECRET, ticker: 'AAPL', action: 'buy' },
      'secret=x action=buy symbol=AAPL',
      'action=buy symbol=AAPL',
      'buy 10 AAPL',
      'buy 10 AAPL secret=x',
      'x,buy,AAPL',
      `${SECRET},buy,AAPL,secret=x`,
      'x(AAPL) { market(side=buy, amount=1); }',
    ]) {
      const reply = post(body);
      assert.deepEqual([reply.status, reply.body], [401, 'Unauthorized'], JSON.stringify(body));
    }
  });

  it("a dialect's own key is not asked for beside another right secret, and kept nowhere", () => {
    const { reply } = accepted(
      { apikey: 'the-key-of-another-service', symbol: 'AAPL', action: 'BUY', pricetype: 'MARKET' },
      { headers: BEARER },
    );
    assert.ok(!JSON.stringify(reply).includes('another-service'));
  });

  it('the age limit of a 3Commas alert holds when it is stricter', () => {
    const body = {
      secret: SECRET,
      bot_uuid: 'u',
      tv_instrument: 'AAPL',
      action: 'enter_long',
      max_lag: '10',
    };
    accepted({ ...body, timestamp: new Date(NOW - 9_000).toISOString() });
    assert.equal(refused({ ...body, timestamp: new Date(NOW - 11_000).toISOString() }).field, 'timestamp');
    assert.equal(
      refused({ ...body, max_lag: '300', timestamp: new Date(NOW - 31_000).toISOString() }).field,
      'timestamp',
    );
  });

  it('what is not carried out yet is off in one table', () => {
    const on = { market: true, limit: true, stop: true, stop_limit: true };
    assert.deepEqual(SUPPORTED, { ...on, trailing_stop: false });
    const trailing = { ticker: 'AAPL', action: 'buy', order_type: 'trailing_stop', trail_percent: 2 };
    assert.match(refused(alert(trailing)).message, /a trailing stop protects a position: send trail_percent/);
  });

  it('lets a sender open shorts only where its node says so', () => {
    const body = { ticker: 'AAPL', action: 'short', contracts: 5 };
    assert.equal(accepted(alert(body)).signal.mayShort, undefined);
    assert.equal(accepted(alert(body), { config: { mayShort: true } }).signal.mayShort, true);
    assert.equal(accepted(alert({ ...body, mayShort: true, may_short: true })).signal.mayShort, undefined);
  });
});

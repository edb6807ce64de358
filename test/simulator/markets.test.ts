import assert from 'node:assert/strict';
import { INSTRUMENTS } from '../../lib/exchange/listings.ts';
import { sectorCode, sectorName } from '../../lib/market/symbols/sectors.ts';
import { at, type Client, HandClock, started, stopAll } from './support.ts';

describe('simulator: market data', () => {
  let clock: HandClock;
  let client: Client;

  before(async () => {
    clock = new HandClock();
    client = await started({ elapsed: clock, wall: clock.wall, limits: false });
    clock.pass(17 * 60_000);
  });
  after(stopAll);

  it('quotes one, several and unknown symbols, by GET and by POST', async () => {
    const one = await client.get('/markets/quotes?symbols=aapl');
    assert.equal(one.at('quotes.quote.symbol'), 'AAPL');
    assert.equal(one.at('quotes.quote.close'), null);
    assert.ok(Number(one.at('quotes.quote.bid')) < Number(one.at('quotes.quote.ask')));
    const posted = await client.send('POST', '/markets/quotes', {
      symbols: 'AAPL, SPY,AAPL,NOPE',
      greeks: 'false',
    });
    assert.equal(posted.at('quotes.quote.length'), 2);
    assert.equal(posted.at('quotes.unmatched_symbols.symbol'), 'NOPE');
    assert.equal((await client.get('/markets/quotes?symbols=BRK%2FB')).at('quotes.quote.symbol'), 'BRK/B');
    assert.equal((await client.get('/markets/quotes')).text, 'Invalid parameter, symbols: is required.');
  });

  it('quotes options on what it lists, with their greeks when asked for', async () => {
    const spot = Math.round(
      Number((await client.get('/markets/quotes?symbols=AAPL')).at('quotes.quote.last')),
    );
    const symbol = `AAPL260417C${String(spot * 1000).padStart(8, '0')}`;
    const plain = await client.get(`/markets/quotes?symbols=${symbol}`);
    assert.deepEqual(
      ['type', 'underlying', 'strike', 'expiration_date', 'option_type', 'root_symbol', 'contract_size'].map(
        (name) => plain.at(`quotes.quote.${name}`),
      ),
      ['option', 'AAPL', spot, '2026-04-17', 'call', 'AAPL', 100],
    );
    assert.equal(plain.at('quotes.quote.greeks'), undefined);
    assert.equal(plain.at('quotes.quote.root_symbols'), undefined);
    const asked = await client.get(`/markets/quotes?symbols=${symbol},AAPL,AAPL260418C00150000&greeks=true`);
    assert.ok(Number(asked.at('quotes.quote.0.greeks.delta')) > 0.4);
    assert.match(String(asked.at('quotes.quote.0.greeks.updated_at')), /^2026-03-02 \d\d:00:00$/);
    assert.equal(asked.at('quotes.quote.1.greeks'), undefined);
    assert.equal(asked.at('quotes.unmatched_symbols.symbol'), 'AAPL260418C00150000');
  });

  it('tells the history of closed days, weeks and months', async () => {
    const days = await client.get('/markets/history?symbol=AAPL&start=2026-02-23&end=2026-03-02');
    assert.equal(days.at('history.day.length'), 5, 'the running day is not history');
    const week = await client.get('/markets/history?symbol=AAPL&interval=weekly&start=2026-02-23');
    assert.equal(week.at('history.day.date'), '2026-02-23');
    assert.equal(week.at('history.day.open'), days.at('history.day.0.open'));
    assert.equal(week.at('history.day.close'), days.at('history.day.4.close'));
    const highs = [0, 1, 2, 3, 4].map((index) => Number(days.at(`history.day.${index}.high`)));
    assert.equal(week.at('history.day.high'), Math.max(...highs));
    const months = await client.get('/markets/history?symbol=AAPL&interval=monthly&start=2026-01-01');
    assert.deepEqual([months.at('history.day.0.date'), months.at('history.day.length')], ['2026-01-02', 2]);
    assert.equal((await client.get('/markets/history?symbol=NOPE')).text, '{"history":null}');
    assert.equal((await client.get('/markets/history?symbol=AAPL&start=2026-02-30')).status, 400);
  });

  it('tells intraday bars, joined from the opening bell on', async () => {
    const minutes = await client.get(
      '/markets/timesales?symbol=AAPL&interval=1min&start=2026-03-02 09:30&end=2026-03-02 09:34',
    );
    assert.equal(minutes.at('series.data.length'), 5);
    assert.equal(minutes.at('series.data.0.time'), '2026-03-02T09:30:00');
    const fives = await client.get(
      '/markets/timesales?symbol=AAPL&interval=5min&start=2026-03-02 09:30&end=2026-03-02 09:30',
    );
    const volumes = [0, 1, 2, 3, 4].map((index) => Number(minutes.at(`series.data.${index}.volume`)));
    assert.equal(
      fives.at('series.data.volume'),
      volumes.reduce((sum, volume) => sum + volume, 0),
    );
    assert.equal(fives.at('series.data.close'), minutes.at('series.data.4.close'));
    const quarter = await client.get('/markets/timesales?symbol=AAPL&interval=15min');
    assert.equal(quarter.at('series.data.1.time'), '2026-03-02T09:45:00', 'and the one that is forming');
    assert.equal(
      (await client.get('/markets/timesales?symbol=AAPL&interval=1min&start=2026-03-01&end=2026-03-01')).text,
      '{"series":null}',
    );
  });

  it('reaches as far back as Tradier does, and says so', async () => {
    const far = await client.get(
      '/markets/timesales?symbol=AAPL&interval=1min&start=2026-02-12 09:30&session_filter=all',
    );
    assert.deepEqual(
      [far.status, far.text],
      [400, 'Invalid parameter, start: must be on or after 2026-02-13 00:00:00.'],
    );
    const open = await client.get(
      '/markets/timesales?symbol=AAPL&interval=1min&start=2026-02-12 09:30&session_filter=open&end=2026-02-12 09:31',
    );
    assert.equal(open.at('series.data.length'), 2);
    assert.equal((await client.get('/markets/timesales?symbol=AAPL')).status, 400);
  });

  it('tells clock and calendar', async () => {
    const time = await client.get('/markets/clock');
    assert.deepEqual(time.at('clock'), {
      date: '2026-03-02',
      description: 'Market is open from 09:30 to 16:00',
      state: 'open',
      timestamp: Math.floor(Number((await client.control('GET', '/clock')).at('now_ms')) / 1000),
      next_change: '16:00',
      next_state: 'postmarket',
    });
    const july = await client.get('/markets/calendar?year=2026&month=7');
    const days = july.at('calendar.days.day') as { date: string; status: string }[];
    assert.equal(days.length, 31);
    assert.deepEqual(days[3], { date: '2026-07-04', status: 'closed', description: 'Market is closed' });
    assert.equal(at(days[2], 'status'), 'closed');
    assert.deepEqual(at(days[0], 'premarket'), { start: '07:00', end: '09:24' });
    assert.equal((await client.get('/markets/calendar')).at('calendar.month'), 3);
    assert.equal(
      (await client.get('/markets/calendar?month=13')).text,
      'Invalid parameter, month: is not valid.',
    );
  });

  it('finds securities', async () => {
    assert.equal((await client.get('/markets/search?q=apple')).at('securities.security.symbol'), 'AAPL');
    assert.equal(
      (await client.get('/markets/lookup?q=AAPL&types=stock&exchanges=Q')).at('securities.security.symbol'),
      'AAPL',
    );
    assert.equal((await client.get('/markets/lookup?q=AAPL&types=etf')).text, '{"securities":null}');
    assert.equal((await client.get('/markets/search')).status, 400);
  });

  it('tells the business of companies, and of nothing else', async () => {
    const at = client.simulator.rest.replace('/v1', '/beta/markets/fundamentals/company');
    const headers = { accept: 'application/json', authorization: `Bearer ${client.simulator.token}` };
    const read = async (query: string) => fetch(`${at}${query}`, { headers });
    const companies = (await (await read('?symbols=aapl,BRK/B,SPY,ZZZZ')).json()) as {
      request: string;
      results: { type: string; tables: { asset_classification: { morningstar_sector_code: number } } }[];
    }[];
    assert.deepEqual(
      companies.map(({ request, results }) => [
        request,
        results.map(({ tables }) => tables.asset_classification.morningstar_sector_code),
      ]),
      [
        ['AAPL', [311]],
        ['BRK/B', [103]],
        ['SPY', []],
        ['ZZZZ', []],
      ],
    );
    assert.equal((await read('')).status, 400);
    assert.equal((await fetch(`${at}?symbols=AAPL`)).status, 401);
    assert.equal((await fetch(at.replace('/beta/', '/v1/'), { headers })).status, 404);
    for (const { symbol, kind, sector } of INSTRUMENTS)
      assert.equal(sectorName(sectorCode(sector ?? '') ?? 0), kind === 'stock' ? sector : null, symbol);
  });

  it('says at its root what it is', async () => {
    const page = await fetch(client.simulator.rest.replace('/v1', '/'));
    assert.match(await page.text(), /SIMULATED market, not Tradier/);
  });
});

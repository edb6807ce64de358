import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSymbol, SPELLINGS } from '../../lib/market/symbols/names.ts';
import { type Schema, wrongTexts } from '../api/wrong-texts.ts';
import { ACCOUNT, FlowDesk, node } from '../nodes/flow-desk.ts';

interface Document {
  servers: { url: string }[];
  paths: Record<string, { get: { parameters: { name: string; required: boolean; schema: Schema }[] } }>;
}

interface Refusal {
  s: string;
  errmsg: string;
  field: string;
  value: unknown;
  expected: string;
}

/** A right value of each parameter. */
const RIGHT: Record<string, string> = {
  ...{ symbol: 'AAPL', resolution: '5', from: '1767366000', to: '1767370000', countback: '2' },
  ...{ query: 'A', type: 'stock', exchange: 'NASDAQ', limit: '30', symbols: 'AAPL,NYSE:BRK.B' },
};

describe('bad input to the chart feed, generated from its OpenAPI document', () => {
  const desk = new FlowDesk();
  let document: Document;
  before(async () => {
    await desk.start();
    await desk.load([ACCOUNT, node('udf-endpoint', 'feed', { path: '/udf', marks: true, origins: '' })]);
    await desk.account();
    document = (await (await desk.fetch('/udf/openapi.json')).json()) as Document;
  });
  after(async () => {
    await desk.unload();
    await desk.stop();
  });

  /** The path of each endpoint, where the document says it is. */
  const pathOf = (endpoint: string) =>
    new URL(`${document.servers[0]?.url}${endpoint}`, 'http://desk/udf/openapi.json').pathname;

  it('every endpoint is in it and answers what is right', async () => {
    const known = ['config', 'symbols', 'search', 'history', 'marks', 'timescale_marks', 'quotes', 'time'];
    assert.deepEqual(Object.keys(document.paths).sort(), known.map((name) => `/${name}`).sort());
    for (const [endpoint, { get }] of Object.entries(document.paths)) {
      for (const all of [true, false]) {
        const asked = get.parameters.filter(({ required, name }) => all || required || name === 'from');
        const query = new URLSearchParams(asked.map(({ name }) => [name, RIGHT[name] ?? '']));
        const response = await desk.fetch(`${pathOf(endpoint)}?${query}`);
        assert.equal(response.status, 200, `${endpoint}?${query}`);
        assert.doesNotMatch(await response.text(), /"s":"error"/);
      }
    }
  });

  it('every parameter names field, value and expectation', async () => {
    let cases = 0;
    for (const [endpoint, { get }] of Object.entries(document.paths)) {
      const right = get.parameters.map(({ name }): [string, string] => [name, RIGHT[name] ?? '']);
      const refused = async (name: string, query: URLSearchParams) => {
        const response = await desk.fetch(`${pathOf(endpoint)}?${query}`);
        const text = await response.text();
        const where = `${endpoint}?${query}`.slice(0, 200);
        assert.equal(response.status, 400, `${where}: ${text.slice(0, 200)}`);
        const answer = JSON.parse(text) as Refusal;
        assert.deepEqual([answer.s, answer.field], ['error', name], where);
        assert.ok(answer.expected && 'value' in answer && answer.errmsg, `${where}: ${text}`);
        assert.doesNotMatch(text, /\bat .*\.ts|node_modules/);
        cases += 1;
      };
      for (const { name, required, schema } of get.parameters) {
        for (const text of wrongTexts(schema)) {
          const query = new URLSearchParams(right);
          query.set(name, text);
          await refused(name, query);
        }
        if (!required) continue;
        const query = new URLSearchParams(right);
        query.delete(name);
        await refused(name, query);
      }
    }
    assert.ok(cases > 300, `${cases} cases`);
  }).timeout(60_000);

  it('a range wants both of its ends, in their order', async () => {
    for (const wrong of ['to=1767370000', 'from=&to=1767370000', 'from=1767370001&to=1767370000']) {
      for (const endpoint of ['/history', '/marks', '/timescale_marks']) {
        const response = await desk.fetch(`${pathOf(endpoint)}?symbol=AAPL&resolution=5&${wrong}`);
        assert.equal(response.status, 400, `${endpoint} ${wrong}`);
        assert.equal(((await response.json()) as Refusal).field, 'from');
      }
    }
  });

  it('takes for a symbol what the document says can be one', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aB3/.-:$ _CP26\u0000'), maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(SPELLINGS), letters), (text) => {
        let taken = true;
        try {
          readSymbol(text);
        } catch {
          taken = false;
        }
        const isDate = !/\d{6}[CP]\d{8}\s*$/i.test(text);
        if (taken || isDate) assert.equal(taken, SPELLINGS.test(text), JSON.stringify(text));
      }),
      { numRuns: 2_000 },
    );
  });
});

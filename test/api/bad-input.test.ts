import assert from 'node:assert/strict';
import { type Answered, ApiDesk, AUTHORIZED, assertRefusal } from './api-desk.ts';
import { misshapen, type Schema, wrongTexts } from './wrong-texts.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: 'path' | 'query'; required: boolean; schema: Schema }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** Values that no reader of such a schema may take: by its type, its bounds, its words. */
function wrongValues(schema: Schema): unknown[] {
  const { type, enum: words, minimum, maximum, maxLength, minLength, items, properties, anyOf } = schema;
  if (anyOf) {
    const strict = anyOf.filter((one) => one.type !== 'null');
    return strict.length === 1
      ? wrongValues(strict[0] as Schema).filter((value) => value !== null)
      : [[[]], true];
  }
  if (words) return ['nothing-of-the-kind', 7, null, [], {}];
  switch (type) {
    case 'integer':
    case 'number': {
      const whole = type === 'integer' ? [1.5] : [];
      const low = minimum === undefined || minimum < -1e15 ? [] : [minimum - 1];
      const high = maximum === undefined || maximum > 1e15 ? [] : [maximum + 1];
      return ['x', '', null, true, [], {}, ...whole, ...low, ...high];
    }
    case 'string': {
      const long = maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)];
      const short = (minLength ?? 0) > 0 ? [''] : [];
      const shape = misshapen(schema, ['\u0000', 'no ünit', '<script>', "'; DROP TABLE alert; --"]);
      return [7, null, true, [], {}, ...long, ...short, ...shape];
    }
    case 'boolean':
      return ['true', 1, null];
    case 'array':
      return ['x', 7, {}, null, ...wrongValues(items ?? {}).map((value) => [value])];
    case 'object':
      return [
        ...['x', 7, [], true],
        ...Object.entries(properties ?? {}).flatMap(([name, one]) =>
          wrongValues(one).map((value) => ({ action: 'buy', [name]: value })),
        ),
        { action: 'buy', unheard: 1 },
      ];
    default:
      return [];
  }
}

/** What a right request of each operation holds. */
const RIGHT: Record<string, { query?: string; body?: Record<string, unknown> }> = {
  quotes: { query: 'symbols=AAPL' },
  searchSymbols: { query: 'q=app' },
  createAlert: { body: { symbol: 'AAPL', condition: 'price_above', value: 1e6 } },
  changeAlert: { body: { status: 'active' } },
};

describe('bad input, generated from the OpenAPI document', () => {
  const desk = new ApiDesk();
  let document: Document;
  let id = '';
  before(async () => {
    await desk.start();
    await desk.open();
    document = (await desk.ask('GET', '/api/v1/openapi.json')).body as unknown as Document;
    const made = await desk.send('POST', '/api/v1/alerts', RIGHT.createAlert?.body ?? {});
    id = String((made.body as { alert_id: string }).alert_id);
  });
  after(async () => {
    await desk.unload();
    await desk.stop();
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    );
  const json = { ...AUTHORIZED, 'content-type': 'application/json' };

  it('at every parameter of an address', async () => {
    let cases = 0;
    for (const { path, method, operation } of operations()) {
      const body = RIGHT[operation.operationId]?.body;
      const ask = (address: string) =>
        desk.ask(method, address, body ? json : AUTHORIZED, body ? JSON.stringify(body) : undefined);
      const right = new URLSearchParams(RIGHT[operation.operationId]?.query ?? '');
      for (const { name, in: place, required, schema } of operation.parameters ?? []) {
        if (place === 'path') {
          for (const text of wrongTexts(schema).filter((one) => one !== '')) {
            const address = path.replace(`{${name}}`, encodeURIComponent(text));
            assertRefusal(await ask(address), `${method} ${address}`);
            cases += 1;
          }
          continue;
        }
        const refused = async (query: URLSearchParams | string) => {
          const address = `${path.replace('{id}', id)}?${query}`;
          const answer = await ask(address);
          assertRefusal(answer, `${method} ${address}`);
          const { field } = (answer.body as { error: { field: string } }).error;
          assert.ok(field === name || field.startsWith(`${name}.`), `${address} blames ${field}`);
          cases += 1;
        };
        for (const text of wrongTexts(schema)) {
          const query = new URLSearchParams(right);
          query.set(name, text);
          await refused(query);
        }
        const value = right.get(name) ?? '1';
        await refused(`${right}&${name}=${value}&${name}=${value}`);
        if (required) {
          const query = new URLSearchParams(right);
          query.delete(name);
          await refused(query);
        }
      }
      const address = `${path.replace('{id}', id)}?${new URLSearchParams([...right, ['unheard', '1']])}`;
      assertRefusal(await ask(address), `${method} ${address}`);
      cases += 1;
    }
    assert.ok(cases > 70, `${cases} cases`);
  }).timeout(60_000);

  it('at every field of a body', async () => {
    let cases = 0;
    for (const { path, method, operation } of operations()) {
      const schema = operation.requestBody?.content['application/json'].schema;
      if (!schema) continue;
      const right = RIGHT[operation.operationId]?.body ?? {};
      const address = path.replace('{id}', id);
      const refused = async (body: unknown, what: string): Promise<Answered> => {
        const answer = await desk.ask(
          method,
          address,
          json,
          typeof body === 'string' ? body : JSON.stringify(body),
        );
        assertRefusal(answer, `${method} ${address} with ${what} ${JSON.stringify(body)?.slice(0, 100)}`);
        cases += 1;
        return answer;
      };
      for (const [name, one] of Object.entries(schema.properties ?? {})) {
        for (const value of wrongValues(one)) {
          // Nothing is wanted where a field may be null or is left out by a patch.
          const { error } = (await refused({ ...right, [name]: value }, name)).body as {
            error: { field: string };
          };
          assert.ok(
            error.field === name || error.field.startsWith(`${name}.`),
            `${JSON.stringify(value)} as ${name} blames ${error.field}`,
          );
        }
      }
      for (const name of schema.required ?? []) {
        const { [name]: _, ...rest } = right;
        await refused(rest, `no ${name}`);
      }
      for (const body of ['', '{', 'null', '[]', '7', '"x"', '{"__proto__":{"x":1}}', '{"a":'.repeat(5_000)])
        await refused(body, 'as text');
      for (const unheard of ['unheard', 'constructor', 'toString', '__defineGetter__'])
        await refused({ ...right, [unheard]: 1 }, unheard);
    }
    assert.ok(cases > 200, `${cases} cases`);
  }).timeout(60_000);

  it('in the request itself', async () => {
    const refused = async (
      method: string,
      path: string,
      headers: Record<string, string>,
      body?: string | Buffer,
    ) => {
      const answer = await desk.ask(method, path, headers, body);
      assertRefusal(answer, `${method} ${path}`);
      return answer.status;
    };
    assert.equal(await refused('PUT', '/api/v1/alerts', AUTHORIZED), 405);
    assert.equal(await refused('GET', '/api/v1/nowhere', {}), 404);
    const { body } = await desk.ask('GET', '/api/v1/symbols/search?q=%00', AUTHORIZED);
    assert.equal((body as { error: { field: string } }).error.field, 'q');
    // What is a text, but no symbol and in no name, is looked for and not found.
    const found = await desk.ask('GET', '/api/v1/symbols/search?q=%3Cscript%3E', AUTHORIZED);
    assert.deepEqual([found.status, (found.body as { symbols: unknown }).symbols], [200, []]);
    assert.equal(await refused('GET', '/api/v1/alerts/%', {}), 422);
    assert.equal(await refused('GET', '/api/v1/symbols/search?q=AAPL&exchange=NOWHERE', {}), 422);
    assert.equal(await refused('GET', '/api/v1/orders?symbol=A%20B', {}), 422);
    assert.equal(await refused('GET', `/api/v1/alerts/${'x'.repeat(64)}`, {}), 404);
    assert.equal(
      await refused('POST', '/api/v1/alerts', { ...AUTHORIZED, 'content-type': 'text/plain' }, '{}'),
      415,
    );
    assert.equal(await refused('POST', '/api/v1/alerts', { ...json, 'content-encoding': 'gzip' }, '{}'), 415);
    assert.equal(await refused('POST', '/api/v1/alerts', json, 'x'.repeat(100_000)), 413);
    assert.equal(await refused('POST', '/api/v1/alerts', json, Buffer.from([0xff, 0xfe, 0x7b])), 400);
    // Nested more deeply than JSON can be written again.
    const deep = `{"symbol":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    assert.equal(await refused('POST', '/api/v1/alerts', json, deep), 422);
    assert.equal(
      await refused('GET', '/api/v1/quotes?symbols=AAPL', { origin: 'https://evil.example' }),
      403,
    );
  });
});

import assert from 'node:assert/strict';
import { ENDPOINTS } from '../../lib/api/endpoints/all.ts';
import { fieldsOf } from '../../lib/api/page-fields.ts';
import { SPELLINGS } from '../../lib/market/symbols/names.ts';
import { ApiDesk, TOKEN } from './api-desk.ts';

describe('the readable page of the API', () => {
  const desk = new ApiDesk();
  before(async () => {
    await desk.start();
    await desk.open();
  });
  after(async () => {
    await desk.unload();
    await desk.stop();
  });

  const read = async (path = '/api/v1/docs') => {
    const { text } = await desk.ask('GET', path);
    return text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
  };
  const sectionOf = (page: string, id: string) =>
    new RegExp(`<section id="${id}">[\\s\\S]*?</section>`).exec(page)?.[0] ?? assert.fail(`no ${id}`);

  it('says which account it serves, and that it is simulated', async () => {
    const { accountId } = await desk.account();
    assert.match(await read(), new RegExp(`serves account <code>${accountId}</code>. It is SIMULATED`));
  });

  it('has an example at every address, which works as it stands', async () => {
    const page = await read();
    const made = await desk.send('POST', '/api/v1/alerts', {
      symbol: 'SPY',
      condition: 'price_below',
      value: 1,
    });
    const alert = (made.body as { alert_id: string }).alert_id;
    const lines = [...page.matchAll(/<pre>(curl .*)<\/pre>/g)].map(([, line]) => line ?? '');
    assert.equal(lines.length, ENDPOINTS.length);
    // What removes the alert comes last on the page, too.
    for (const line of lines) {
      const url = /"(http[^"]+)"/.exec(line)?.[1]?.replace('$ID', alert) ?? assert.fail(line);
      const body = /-d '(.*)'$/.exec(line)?.[1];
      const method = /-X (\w+)/.exec(line)?.[1] ?? (body === undefined ? 'GET' : 'POST');
      const headers: Record<string, string> = {
        ...(line.includes('"Authorization: Bearer $TOKEN"') ? { authorization: `Bearer ${TOKEN}` } : {}),
        ...(line.includes("'Content-Type: application/json'") ? { 'content-type': 'application/json' } : {}),
      };
      assert.ok(url.startsWith(`${desk.origin}/`), url);
      const { status, text } = await desk.ask(method, url.slice(desk.origin.length), headers, body);
      assert.ok(status === 200 || status === 201 || url.endsWith('/health'), `${line}: ${status} ${text}`);
    }
  });

  it('tells the fields of what is asked and of what is answered, with their types', async () => {
    const page = await read();
    for (const id of ['createAlert', 'changeAlert']) {
      const section = sectionOf(page, id);
      assert.match(
        section,
        /<code>expiresAt<\/code><\/th><td><i>integer \| string \| null<\/i> When it is over/,
      );
      assert.match(
        section,
        /<tr class="d1"><th><code>action<\/code> <b class="must">required<\/b><\/th><td><i>buy \| sell/,
      );
      assert.match(section, /<code>condition_value<\/code> <b class="old">old name<\/b>/);
      assert.match(section, /armed with the price already there fires at once/);
      assert.match(section, /<code>outlook<\/code>/);
    }
    assert.match(sectionOf(page, 'changeAlert'), /An alert that fired is armed again by the status active/);
    assert.match(sectionOf(page, 'quotes'), /<details>[\s\S]*<code>bidSize<\/code>/);
    assert.match(sectionOf(page, 'listAlerts'), /<tr class="d1"><th><code>simulated<\/code>/);
    assert.equal(
      page.split('Too many wrong tokens.').length,
      2,
      'what may be answered to all stands there once',
    );
    assert.ok(Buffer.byteLength(page) < 100_000, `${Buffer.byteLength(page)} bytes`);
  });

  it('has no shape in its document that what is accepted has not', async () => {
    const { body } = await desk.ask('GET', '/api/v1/openapi.json');
    const { paths } = body as {
      paths: Record<string, Record<string, { requestBody: { content: Record<string, { schema: never }> } }>>;
    };
    for (const method of ['post', 'patch']) {
      const path = method === 'post' ? '/api/v1/alerts' : '/api/v1/alerts/{id}';
      const schema = paths[path]?.[method]?.requestBody.content['application/json']?.schema as unknown as {
        properties: Record<string, { pattern?: string; type?: string }>;
      };
      const { pattern } = schema.properties.symbol ?? {};
      assert.equal(pattern, SPELLINGS.source);
      assert.match('aapl', new RegExp(String(pattern)));
      assert.ok(fieldsOf(schema).length > 20);
    }
    for (const symbol of ['aapl', ' brk.b ', 'NASDAQ:AAPL', 'brk/b']) {
      const terms = { symbol, condition: 'price_below', value: 0.01 };
      const { status, text } = await desk.send('POST', '/api/v1/alerts', terms);
      assert.equal(status, 201, text);
    }
  });

  it('shows no address that a caller made up', async () => {
    const { text } = await desk.ask('GET', '/api/v1/docs', {
      host: '"><b>x',
      authorization: `Bearer ${TOKEN}`,
    });
    assert.ok(!text.includes('<b>x'), 'a host');
  });
});

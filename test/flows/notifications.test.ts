import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { NodeInitializer } from 'node-red';
import { ApiDesk } from '../api/api-desk.ts';
import { probe, until } from '../nodes/flow-desk.ts';
import { type FlowNode, flowFiles } from './flow-files.ts';

const nodeRed = createRequire(createRequire(import.meta.url).resolve('node-red'));
const core = (file: string) => nodeRed(`@node-red/nodes/core/${file}`) as NodeInitializer;

const WARN = 30;
const ERROR = 20;

/** Answers as the services do. */
const SERVICES: Record<string, (res: ServerResponse) => void> = {
  '/slack': (res) => res.end('ok'),
  '/discord': (res) => res.writeHead(204).end(),
  '/telegram': (res) => {
    res.setHeader('content-type', 'application/json');
    res.end('{"ok":true,"result":{"message_id":1}}');
  },
  '/fails': (res) => res.writeHead(500).end('no_service'),
};

describe('the notifications of flows/market-data.json', () => {
  const desk = new ApiDesk();
  let services: Server;
  let origin = '';
  const posts: { to: string; type: string; body: unknown }[] = [];

  before(async () => {
    services = createServer((req: IncomingMessage, res: ServerResponse) => {
      let body = '';
      req.on('data', (chunk) => {
        body += chunk;
      });
      req.on('end', () => {
        const to = req.url ?? '';
        posts.push({ to, type: String(req.headers['content-type']), body: JSON.parse(body) });
        SERVICES[to]?.(res);
      });
    });
    services.listen(0, '127.0.0.1');
    await once(services, 'listening');
    origin = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
    desk.core.push(core('function/10-function.js'), core('network/21-httprequest.js'));
    process.env.TRADER_DISCORD_WEBHOOK = `${origin}/discord`;
    process.env.TRADER_TELEGRAM_TOKEN = '1:secret';
    process.env.TRADER_TELEGRAM_CHAT = '42';
    await desk.start();
  });
  after(async () => {
    for (const name of ['SLACK_WEBHOOK', 'DISCORD_WEBHOOK', 'TELEGRAM_TOKEN', 'TELEGRAM_CHAT'])
      delete process.env[`TRADER_${name}`];
    services.closeAllConnections();
    services.close();
    await desk.stop();
  });
  afterEach(async () => {
    await desk.unload();
    posts.length = 0;
  });

  /** The shipped nodes from the alert to the answers; what goes to Telegram's address comes here instead. */
  async function open(slack: string): Promise<void> {
    process.env.TRADER_SLACK_WEBHOOK = origin + slack;
    const shipped = flowFiles().find(({ file }) => file.endsWith('market-data.json'))?.nodes ?? [];
    const branch = shipped
      .filter(({ g, type }) => g === 'md-api-g-alerts' && type !== 'debug' && type !== 'comment')
      .map((node): FlowNode & { type: string } => {
        const { g: _, ...rest } = node;
        const wires = node.wires?.map((ids) => ids.map((id) => (id === 'md-api-telegram' ? 'telegram' : id)));
        const known = (id: string) => !/fired|signal/.test(id);
        return {
          ...rest,
          z: 'tab',
          wires: (wires ?? []).map((ids) => ids.filter(known)),
          ...(node.account ? { account: 'account' } : {}),
        };
      });
    await desk.open({}, ...branch, probe('telegram'), probe('md-api-sent'));
    desk.node('telegram').on('input', (msg) => {
      const { url } = msg as { url?: string };
      assert.equal(url, 'https://api.telegram.org/bot1:secret/sendMessage');
      desk.node('md-api-telegram').receive({ ...msg, url: `${origin}/telegram` } as never);
    });
  }

  /** An alert that is true at once. */
  async function fire(): Promise<string> {
    const made = await desk.send('POST', '/api/v1/alerts', {
      symbol: 'AAPL',
      condition: 'price_above',
      value: 1,
      message: 'up',
    });
    assert.equal(made.status, 201, made.text);
    return (made.body as { alert_id: string }).alert_id;
  }

  /** What was logged since, by the nodes of the branch. */
  const said = (level: number, from: number) =>
    desk
      .logged(level)
      .slice(from)
      .filter(({ id }) => id?.startsWith('md-api'))
      .map(({ msg }) => String(msg));

  it('reach each service once for each firing, and nothing is logged', async () => {
    await open('/slack');
    const [warned, failed] = [desk.logged(WARN).length, desk.logged(ERROR).length];
    await fire();
    await until(() => (desk.heard('md-api-sent').length === 3 ? true : undefined), 'three answers');
    await fire();
    await until(() => (desk.heard('md-api-sent').length === 6 ? true : undefined), 'three more');
    const texts = posts.map(({ body }) => {
      const { text, content } = body as { text?: string; content?: string };
      return text ?? content ?? '';
    });
    assert.equal(new Set(texts.slice(0, 3)).size, 1);
    assert.match(texts[0] ?? '', /^AAPL: up \(AAPL is above 1\D.*\)$/);
    assert.deepEqual(
      posts
        .slice(0, 3)
        .map(({ to, type, body }) => [to, type.split(';', 1)[0], Object.keys(body as object)])
        .sort(),
      [
        ['/discord', 'application/json', ['content']],
        ['/slack', 'application/json', ['text']],
        ['/telegram', 'application/json', ['chat_id', 'text']],
      ],
    );
    for (const to of ['/slack', '/discord', '/telegram'])
      assert.equal(posts.filter((post) => post.to === to).length, 2, to);
    assert.deepEqual(said(WARN, warned), []);
    assert.deepEqual(said(ERROR, failed), []);
  });

  it('say which service did not take one, without its address, and reach the others', async () => {
    await open('/fails');
    const warned = desk.logged(WARN).length;
    await fire();
    await until(() => (desk.heard('md-api-sent').length === 3 ? true : undefined), 'three answers');
    assert.deepEqual(posts.map(({ to }) => to).sort(), ['/discord', '/fails', '/telegram']);
    assert.deepEqual(said(WARN, warned), ['Slack did not take the alert: it answered 500']);
  });
});

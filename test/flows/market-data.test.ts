import assert from 'node:assert/strict';
import vm from 'node:vm';
import { type FlowNode, flowFiles } from './flow-files.ts';

describe('flows/market-data.json', () => {
  const nodes = flowFiles().find(({ file }) => file.endsWith('market-data.json'))?.nodes ?? [];
  const byId = new Map(nodes.map((node) => [node.id, node]));

  /** What the function node would send on each of its outputs. */
  function composed(
    environment: Record<string, string>,
    payload: object,
  ): (Record<string, unknown> | null)[] {
    const code = `(function (msg, env) { ${byId.get('md-api-compose')?.func} })`;
    const env = { get: (name: string) => environment[name] };
    // Values made in another context are compared as JSON.
    return JSON.parse(JSON.stringify(vm.runInNewContext(code)({ payload }, env)));
  }

  const firing = { symbol: 'AAPL', text: 'AAPL is above 200: 200.10', message: '' };

  it('tells nobody while no address is set', () => {
    assert.deepEqual(composed({}, firing), [null, null, null]);
    assert.deepEqual(composed({ TRADER_TELEGRAM_TOKEN: 'x' }, firing), [null, null, null]);
  });

  it('writes to each service as that service wants it, at the address of the environment', () => {
    const environment = {
      TRADER_SLACK_WEBHOOK: 'https://hooks.slack.example/a',
      TRADER_DISCORD_WEBHOOK: 'https://discord.example/b',
      TRADER_TELEGRAM_TOKEN: '1:x',
      TRADER_TELEGRAM_CHAT: '42',
    };
    assert.deepEqual(composed(environment, { ...firing, message: 'up' }), [
      {
        service: 'Slack',
        url: environment.TRADER_SLACK_WEBHOOK,
        payload: { text: 'AAPL: up (AAPL is above 200: 200.10)' },
      },
      {
        service: 'Discord',
        url: environment.TRADER_DISCORD_WEBHOOK,
        payload: { content: 'AAPL: up (AAPL is above 200: 200.10)' },
      },
      {
        service: 'Telegram',
        url: 'https://api.telegram.org/bot1:x/sendMessage',
        payload: { chat_id: '42', text: 'AAPL: up (AAPL is above 200: 200.10)' },
      },
    ]);
  });

  it('shows the signals of alerts, and leads them to nothing that trades', () => {
    const [, signals = []] = byId.get('md-api-alert')?.wires ?? [];
    assert.deepEqual(
      signals.map((id) => byId.get(id)?.type),
      ['debug'],
    );
  });

  it('names no port: the editor may have any', () => {
    for (const { type, name, info } of flowFiles().flatMap((file) => file.nodes))
      if (type === 'comment') assert.doesNotMatch(`${name} ${info}`, /\b1880\b/);
  });

  it('leads from the alerts of the API to the services, by plain http request nodes', () => {
    assert.equal(byId.get('md-api-alert')?.source, 'api');
    assert.ok(byId.get('md-api-alert')?.wires?.[0]?.includes('md-api-compose'));
    for (const id of byId.get('md-api-compose')?.wires?.flat() ?? []) {
      const { type, method, url } = byId.get(id) as FlowNode;
      assert.deepEqual([type, method, url], ['http request', 'POST', ''], id);
    }
  });
});

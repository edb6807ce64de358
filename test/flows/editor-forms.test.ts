import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { INTERVALS } from '../../lib/market/bars/intervals.ts';
import { RULES } from '../../lib/risk/evaluate.ts';
import { POLICY_FIELD_NAMES, POLICY_FIELDS, PRESETS } from '../../lib/risk/policy.ts';
import { MARKS } from '../../nodes/kit/status.ts';
import { readPolicy } from '../../nodes/risk-policy/risk-policy.ts';
import {
  asEdited,
  catalogue,
  definition,
  form,
  help,
  invalidFields,
  OUR_TYPES,
  offeredIntervals,
  root,
  textAt,
} from './flow-files.ts';

/** What the runtime reads, and how many wires a node has: the promise between the two halves of a node. */
const CONTRACT: Record<string, { fields: string[]; credentials?: string[]; ports?: [number, number] }> = {
  'trader-account': {
    fields: [
      'name',
      'environment',
      'accountId',
      'namespace',
      'policy',
      'marketFrom',
      'marketAccount',
      'version',
    ],
    credentials: ['token', 'marketToken'],
  },
  'risk-policy': { fields: ['name', 'preset', ...POLICY_FIELD_NAMES, 'version'] },
  'webhook-in': {
    fields: [
      'name',
      'account',
      'path',
      'pathToken',
      'book',
      'mayShort',
      'maxAge',
      'sources',
      'sourceList',
      'proxyHops',
      'rateAlerts',
      'rateWindow',
      'version',
    ],
    credentials: ['secret', 'secret2'],
    ports: [0, 1],
  },
  'position-size': {
    fields: [
      'name',
      'account',
      'method',
      'shares',
      'cash',
      'percent',
      'riskPercent',
      'stopDistance',
      'book',
      'stopLoss',
      'stopLossAway',
      'takeProfit',
      'takeProfitAway',
      'trail',
      'trailAway',
      'closingDuration',
      'collar',
      'version',
    ],
    ports: [1, 2],
  },
  'risk-check': { fields: ['name', 'account', 'policy', 'version'], ports: [1, 2] },
  'place-order': { fields: ['name', 'account', 'version'], ports: [1, 2] },
  portfolio: { fields: ['name', 'account', 'onChange', 'interval', 'version'], ports: [1, 1] },
  'trader-api': {
    fields: ['name', 'account', 'prefix', 'origins', 'version'],
    credentials: ['token'],
    ports: [0, 0],
  },
  'trader-price-alert': {
    fields: [
      ...[
        'name',
        'account',
        'source',
        'symbol',
        'condition',
        'value',
        'direction',
        'windowMinutes',
        'interval',
      ],
      ...['length', 'repeat', 'expires', 'message', 'action', 'quantity', 'book', 'version'],
    ],
    ports: [1, 2],
  },
  'udf-endpoint': {
    fields: ['name', 'account', 'path', 'marks', 'origins', 'version'],
    credentials: ['token'],
    ports: [0, 0],
  },
  'tradier-quote': {
    fields: ['name', 'account', 'symbols', 'mode', 'throttle', 'onlyChanges', 'greeks', 'version'],
    ports: [1, 1],
  },
  'trader-bars': {
    fields: [
      'name',
      'account',
      'mode',
      'symbols',
      'interval',
      'count',
      'from',
      'to',
      'warmUp',
      'forming',
      'version',
    ],
    ports: [1, 2],
  },
  'trader-clock': {
    fields: [
      'name',
      'account',
      'onOpen',
      'onClose',
      'beforeClose',
      'bars',
      'cron',
      'cronDays',
      'gate',
      'version',
    ],
    ports: [1, 3],
  },
};

/** The rules each node may be refused by, read where they are written. */
const REFUSALS: Record<string, string[]> = {
  'risk-check': [...RULES.map(([name]) => name), ...found('lib/risk/gate.ts', /rule: '([\w-]+)'/g)],
  'position-size': [
    ...found('lib/sizing/answer.ts', /^ {2}\| '([\w-]+)'/gm),
    ...found('lib/sizing/decide.ts', /rule: '([\w-]+)'/g),
  ],
  'place-order': found('lib/orders/desk.ts', /blocked\('(E_\w+)'/g),
};

function found(file: string, pattern: RegExp): string[] {
  const names = [...readFileSync(path.join(root, file), 'utf8').matchAll(pattern)].map(
    ([, name = '']) => name,
  );
  assert.ok(names.length > 0, `${file} names no rule`);
  return names;
}

const statusKeys = [
  ...readFileSync(path.join(root, 'nodes/kit/status.ts'), 'utf8')
    .split('export type StatusKey =')[1]!
    .split(';')[0]!
    .matchAll(/'(\w+)'/g),
].map((match) => match[1] ?? '');

for (const type of OUR_TYPES) {
  describe(`${type} in the editor`, () => {
    const found = definition(type);
    const labels = catalogue(type);

    it('has the fields and ports of its contract', () => {
      const contract = CONTRACT[type];
      assert.ok(contract, `no contract for ${type}`);
      assert.deepEqual(Object.keys(found.defaults).sort(), [...contract.fields].sort());
      assert.deepEqual(Object.keys(found.credentials ?? {}), contract.credentials ?? []);
      for (const credential of Object.values(found.credentials ?? {})) {
        assert.equal(credential.type, 'password');
      }
      assert.deepEqual([found.inputs, found.outputs], contract.ports ?? [undefined, undefined]);
      assert.equal(found.category, contract.ports ? 'trading' : 'config');
    });

    it('has an input for every field, and a label for every input', () => {
      const prefix = found.category === 'config' ? 'node-config-input' : 'node-input';
      const html = form(type);
      for (const field of [...Object.keys(found.defaults), ...Object.keys(found.credentials ?? {})]) {
        assert.ok(html.includes(`id="${prefix}-${field}"`), field);
        if (field !== 'version') assert.ok(html.includes(`for="${prefix}-${field}"`), `label of ${field}`);
      }
    });

    it('has every text its script asks for', () => {
      const script = form(type);
      for (const [, key = ''] of script.matchAll(
        new RegExp(`['"\`](${type}\\.[\\w.$\\{\\}-]+)['"\`]`, 'g'),
      )) {
        if (key.endsWith('.svg')) continue;
        // `position-size.tip.${each}`: some of many; the branch must be there.
        const [branch = '', open] = key.split('.${');
        const expected = open === undefined ? 'string' : 'object';
        assert.equal(typeof textAt(labels, branch), expected, key);
      }
    });

    it('has every status text, short enough behind its mark', () => {
      if (type === 'risk-policy') return;
      const longest = Math.max(...Object.values(MARKS).map((mark) => mark.length)) + 1;
      for (const key of statusKeys) {
        const text = textAt(labels, `${type}.status.${key}`);
        assert.ok(typeof text === 'string' && text !== '', key);
        assert.ok(text.length + longest <= 20, `${key}: "${text}" is too long`);
      }
    });

    it('has words for every refusal, short enough behind the mark', () => {
      const words = (textAt(labels, `${type}.refusal`) ?? {}) as Record<string, string>;
      for (const rule of REFUSALS[type] ?? []) {
        const text = words[rule] ?? '';
        assert.ok(text !== '' && text.length <= 14, `${rule}: "${text}"`);
      }
    });

    it('names the palette category', () => {
      assert.equal(textAt(labels, 'palette.label.trading'), 'trading');
    });

    it('has help in five parts, whose first paragraph fits a tooltip', () => {
      const parts = [...help(type).matchAll(/<h3>([^<]+)<\/h3>/g)].map((match) => match[1]);
      assert.deepEqual(parts, ['Inputs', 'Outputs', 'Details', 'References']);
      const first = /<p>([\s\S]*?)<\/p>/.exec(help(type))?.[1] ?? '';
      assert.ok(first.length > 20 && first.length < 160, first);
    });

    it('labels every output when it has more than one', () => {
      const { outputs = 0, outputLabels } = found;
      if (outputs < 2) return;
      const node = asEdited(type);
      const names = Array.from({ length: outputs }, (_, index) => outputLabels?.call(node, index));
      assert.equal(new Set(names).size, outputs);
      for (const name of names) assert.equal(typeof textAt(labels, String(name)), 'string');
    });

    it('has a white icon of 2:3 that was drawn for it', () => {
      const icon = readFileSync(path.join(root, 'nodes', type, 'icons', found.icon), 'utf8');
      assert.equal(found.icon, `${type}.svg`);
      assert.match(icon, /viewBox="0 0 40 60"/);
      for (const [, colour = ''] of icon.matchAll(/(?:fill|stroke)="([^"]+)"/g)) {
        assert.ok(['#fff', 'none'].includes(colour), colour);
      }
    });

    it('takes its colours from the theme', () => {
      const html = form(type).replace(/color: '#[0-9A-F]{6}'/, '');
      assert.doesNotMatch(html, /(?:color|background|border)[^;]*:\s*#[0-9a-f]{3,6}/i);
    });

    it('is valid as it comes out of the palette, once its config nodes are chosen', () => {
      assert.deepEqual(invalidFields(type, { account: 'a', policy: 'p' }), []);
      assert.equal(typeof found.label.call(asEdited(type)), 'string');
    });
  });
}

describe('validation in the editor', () => {
  const cases: [type: string, settings: object, invalid: string[]][] = [
    ['webhook-in', { maxAge: '' }, ['maxAge']],
    ['webhook-in', { maxAge: 'soon', path: 'webhook', book: ' ' }, ['path', 'book', 'maxAge']],
    ['webhook-in', { path: '/hook/a b' }, ['path']],
    ['webhook-in', { sources: 'custom', sourceList: '' }, ['sourceList']],
    ['webhook-in', { sources: 'custom', sourceList: '203.0.113.0/24, 2001:db8::/32' }, []],
    ['webhook-in', { sources: 'somebody', proxyHops: 4 }, ['sources', 'proxyHops']],
    ['webhook-in', { rateAlerts: -1, rateWindow: 0 }, ['rateAlerts', 'rateWindow']],
    ['webhook-in', { rateAlerts: 0 }, []],
    ['trader-api', { prefix: '/desk', origins: 'https://a.example, http://localhost:3000' }, []],
    ['trader-api', { prefix: 'desk', origins: 'a.example' }, ['prefix', 'origins']],
    ['trader-price-alert', { source: 'api', symbol: '', value: '' }, []],
    ['trader-price-alert', { symbol: '', value: '0', expires: 'soon' }, ['symbol', 'value', 'expires']],
    ['trader-price-alert', { condition: 'rsi_overbought', value: '', length: 'x' }, ['length']],
    ['trader-price-alert', { condition: 'rsi_overbought', value: '100' }, ['value']],
    ['trader-price-alert', { condition: 'rsi_oversold', value: '99.5', length: '14' }, []],
    ['trader-price-alert', { condition: 'percent_move', value: '101' }, ['value']],
    ['trader-price-alert', { condition: 'percent_move', value: '1', windowMinutes: '0' }, ['windowMinutes']],
    ['trader-price-alert', { action: 'buy', quantity: '-1', book: '' }, ['quantity', 'book']],
    ['portfolio', { interval: '' }, ['interval']],
    ['portfolio', { interval: -1 }, ['interval']],
    ['tradier-quote', { symbols: 'AAPL, BRK/B, spy' }, []],
    ['tradier-quote', { symbols: 'AAPL; MSFT', throttle: '' }, ['symbols', 'throttle']],
    ['udf-endpoint', { path: 'udf', origins: 'chart.example' }, ['path', 'origins']],
    ['udf-endpoint', { origins: '*' }, []],
    ['udf-endpoint', { origins: 'http://localhost:3000, https://chart.example/' }, []],
    ['udf-endpoint', { origins: 'https://chart.example/page' }, ['origins']],
    ['tradier-quote', { symbols: 'NYSE:BRK.B, AAPL261218C00150000, $SPX' }, []],
    ['tradier-quote', { symbols: 'AAPL26121C00150000X' }, ['symbols']],
    ['tradier-quote', { mode: 'stream', symbols: ' , ' }, ['symbols']],
    ['tradier-quote', { mode: 'stream', symbols: 'AAPL' }, []],
    ['tradier-quote', { mode: 'stream', symbols: '', wiredFrom: ['inject'] }, []],
    ['tradier-quote', { mode: 'stream', symbols: '$$$', wiredFrom: ['inject'] }, ['symbols']],
    ['tradier-quote', { mode: 'request', symbols: '' }, []],
    ['trader-bars', { symbols: 'AAPL', count: '' }, ['count']],
    ['trader-bars', { symbols: 'AAPL MSFT', interval: '7' }, ['symbols', 'interval']],
    ['trader-bars', { from: '2026-11-02', to: '2026-11-03 10:30', count: '' }, []],
    ['trader-bars', { from: 'last week', to: '31.12.2026' }, ['from', 'to']],
    ['trader-bars', { mode: 'live', symbols: '', count: '' }, ['symbols']],
    ['trader-bars', { mode: 'live', symbols: 'SPY', warmUp: '-1', from: 'x' }, ['warmUp']],
    ['trader-bars', { from: '2026-02-30', to: '2026-13-01' }, ['from', 'to']],
    ['trader-bars', { from: '2026-11-03', to: '2026-11-02' }, ['to']],
    ['trader-bars', { from: '2026-11-02', to: '2026-11-02' }, []],
    ['trader-bars', { from: '2026-11-02 10:00', to: '2026-11-02T09:59:59' }, ['to']],
    ['trader-bars', { from: '2026-11-02T10:00:00Z', to: '2026-11-02T10:00:00+01:00' }, ['to']],
    ['trader-clock', { cron: '0 0 30 2 *' }, ['cron']],
    ['trader-clock', { cron: '0 0 31 4,6,9,11 *' }, ['cron']],
    ['trader-clock', { cron: '0 0 29 2 *' }, []],
    ['trader-clock', { cron: '0 0 30 2 MON' }, []],
    ['trader-clock', { cron: '5-sun 0 * * *' }, ['cron']],
    ['trader-price-alert', { expires: '2026-02-30' }, ['expires']],
    ['trader-price-alert', { expires: '12/31/2099' }, ['expires']],
    ['trader-price-alert', { expires: '2020-01-01' }, []],
    ['trader-price-alert', { expires: '2020-01-01', account: 'sandbox' }, ['expires']],
    ['trader-price-alert', { expires: '2020-01-01T16:00', account: 'sandbox' }, ['expires']],
    ['trader-price-alert', { expires: '2020-01-01T16:00:00Z', account: 'sandbox' }, ['expires']],
    ['trader-price-alert', { expires: '2099-12-31T16:00', account: 'sandbox' }, []],
    ['trader-clock', { beforeClose: '0' }, ['beforeClose']],
    ['trader-clock', { beforeClose: '10', cron: '30 15 * * 1-5', bars: 'D' }, []],
    ['trader-clock', { cron: '*/10 9-15 1,15 jan-mar mon-sun' }, []],
    ['trader-clock', { cron: '60 * * * *', bars: '7', gate: 'night' }, ['bars', 'cron', 'gate']],
    ['trader-clock', { cron: '@daily', cronDays: '' }, ['cron', 'cronDays']],
    ['position-size', { method: 'fixed_shares', shares: '1.5', cash: '' }, ['shares']],
    ['position-size', { method: 'fixed_cash', shares: '', cash: '' }, ['cash']],
    ['position-size', { method: 'percent_equity', percent: '101' }, ['percent']],
    [
      'position-size',
      { method: 'risk_per_trade', riskPercent: '0', stopDistance: '-1' },
      ['riskPercent', 'stopDistance'],
    ],
    ['position-size', { stopLoss: 'percent', stopLossAway: '' }, ['stopLossAway']],
    ['position-size', { stopLoss: 'percent', stopLossAway: '101' }, ['stopLossAway']],
    ['position-size', { takeProfit: 'dollars', takeProfitAway: '101', trail: 'atr', trailAway: '2' }, []],
    ['position-size', { stopLoss: 'none', stopLossAway: 'x', trail: 'sometimes' }, ['trail']],
    ['position-size', { collar: '11', closingDuration: 'week' }, ['closingDuration', 'collar']],
    ['position-size', { stopLoss: undefined, trail: undefined, collar: undefined }, []],
    ['risk-policy', { allowShortSales: 'perhaps' }, ['allowShortSales']],
    ['position-size', { method: 'as_signal', shares: '', cash: '', percent: '' }, []],
    ['trader-account', { environment: 'tradier-sandbox', accountId: '' }, ['accountId']],
    ['trader-account', { environment: 'tradier-sandbox', accountId: 'VA12345678' }, []],
    ['trader-account', { namespace: 'abc1' }, ['namespace']],
    ['trader-account', { marketFrom: 'token' }, ['marketFrom']],
    ['trader-account', { environment: 'tradier-live', accountId: 'VA1234', marketFrom: 'token' }, []],
    ['trader-account', { marketFrom: 'other', marketAccount: '' }, ['marketAccount']],
    ['trader-account', { marketFrom: 'other', marketAccount: '_ADD_' }, ['marketAccount']],
    ['trader-account', { marketFrom: 'other', marketAccount: 'other' }, []],
    ['trader-account', { marketFrom: undefined, marketAccount: undefined }, []],
    ['trader-account', { marketFrom: 'elsewhere' }, ['marketFrom']],
    ['trader-account', { environment: 'paper', accountId: 'VA12345678' }, ['environment']],
    ['risk-policy', { preset: 'bold', maxOrderQuantity: '0.5' }, ['preset', 'maxOrderQuantity']],
  ];
  for (const [type, settings, invalid] of cases) {
    it(`${type} ${JSON.stringify(settings)}: ${invalid.join(', ') || 'nothing'} wrong`, () => {
      assert.deepEqual(invalidFields(type, { account: 'a', policy: 'p', ...settings }), invalid);
    });
  }
});

describe('risk-policy in the editor and in the risk gate', () => {
  it('mean the same presets', () => {
    const text = /const PRESETS = (\{[\s\S]*?\n {2}\});/.exec(form('risk-policy'))?.[1] ?? '{}';
    assert.deepEqual(JSON.parse(JSON.stringify(vm.runInNewContext(`(${text})`))), PRESETS);
  });

  it('say of each preset in one sentence what it allows', () => {
    for (const [preset, policy] of Object.entries(PRESETS)) {
      const about = String(textAt(catalogue('risk-policy'), `risk-policy.about.${preset}`));
      assert.match(about, /^For [^.]+\.$/, preset);
      const figures = [
        `${policy.maxPositionPercent} % of equity in one position`,
        `${policy.maxOpenPositions} positions`,
        preset === 'rebalancer'
          ? `after ${policy.duplicateWindowSeconds} seconds`
          : `a loss of ${policy.maxDailyLossPercent} % in a day`,
      ];
      for (const text of [about, help('risk-policy').replace(/\s+/g, ' ')]) {
        if (preset === 'delayed-paper') assert.match(text, /sandbox.*late quotes are accepted/);
        else for (const figure of figures) assert.ok(text.includes(figure), `${preset}: ${figure}`);
      }
    }
  });

  it('allow the same values', () => {
    for (const name of POLICY_FIELD_NAMES) {
      const field: { min?: number; max?: number; unit: string } = POLICY_FIELDS[name];
      if (field.unit === 'switch') continue;
      const { min = 0, max = 0 } = field;
      const wrong = (value: unknown) => invalidFields('risk-policy', { [name]: value });
      for (const value of ['', min, max]) assert.deepEqual(wrong(value), [], `${name} ${value}`);
      for (const value of [min - 0.01, max + 1, 'x'])
        assert.deepEqual(wrong(value), [name], `${name} ${value}`);
    }
  });

  it('show the same limits first', () => {
    const [shown = '', folded = ''] = form('risk-policy').split('<details');
    for (const name of POLICY_FIELD_NAMES) {
      const where = POLICY_FIELDS[name].first ? shown : folded;
      assert.ok(where.includes(`data-field="${name}"`), name);
      assert.equal(
        textAt(catalogue('risk-policy'), `risk-policy.help.${name}`),
        POLICY_FIELDS[name].description,
      );
    }
  });

  it('read an untouched form as the preset', () => {
    const empty = Object.fromEntries(POLICY_FIELD_NAMES.map((name) => [name, '']));
    for (const [preset, policy] of Object.entries(PRESETS)) {
      assert.deepEqual(readPolicy({ ...empty, preset, version: 1 }), policy);
    }
  });
});

describe('the intervals in the editor', () => {
  it('are those that bars are built in, each with its words', () => {
    assert.deepEqual(offeredIntervals(), [...INTERVALS]);
    for (const type of ['trader-bars', 'trader-clock', 'trader-price-alert']) {
      for (const each of INTERVALS) {
        assert.equal(typeof textAt(catalogue(type), `${type}.interval.${each}`), 'string', `${type} ${each}`);
      }
    }
  });
});

describe('files beside the nodes', () => {
  it('are named as the node', () => {
    for (const type of OUR_TYPES) {
      assert.deepEqual(readdirSync(path.join(root, 'nodes', type, 'icons')), [`${type}.svg`]);
      assert.deepEqual(readdirSync(path.join(root, 'nodes', type, 'locales/en-US')).sort(), [
        `${type}.html`,
        `${type}.json`,
      ]);
    }
  });
});

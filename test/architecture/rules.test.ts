import assert from 'node:assert/strict';
import { cycles, type Edge, edgesOf, emptyName, lineCount, rawClocks, wrongDirection } from './rules.ts';
import { importsOf, readSource } from './source.ts';

const specifiers = (text: string) => importsOf(text).map((found) => found.specifier);

/** The complaint about a file that says just this. */
function complaint(file: string, text: string): string | null {
  return (
    edgesOf(file, text)
      .map(wrongDirection)
      .find((why) => why !== null) ?? null
  );
}

describe('architecture checker', () => {
  describe('finds imports', () => {
    const cases: [string, string, (string | null)[]][] = [
      ['default and named', "import a, { b as c } from './x.ts';", ['./x.ts']],
      ['over lines', "import {\n  a,\n  type B,\n} from './x.ts';", ['./x.ts']],
      ['types', "import type { A } from './x.ts';", ['./x.ts']],
      ['namespace', "import * as all from './x.ts';", ['./x.ts']],
      ['effect only', "import './x.ts';", ['./x.ts']],
      [
        'export from',
        "export { a } from './x.ts'; export * from './y.ts'; export type { B } from './z.ts';",
        ['./x.ts', './y.ts', './z.ts'],
      ],
      ['dynamic', "const a = await import('./x.ts');", ['./x.ts']],
      ['dynamic over lines, with a comment', "import(\n // why\n './x.ts')", ['./x.ts']],
      ['a template without holes', 'import(`./x.ts`)', ['./x.ts']],
      ['the type of a module', "let a: import('./x.ts').A;", ['./x.ts']],
      ['require', "const a = require('./x.cjs'), b = require.resolve('y');", ['./x.cjs', 'y']],
      ['computed', 'import(name); require(name); import(`./${name}.ts`)', [null, null, null]],
      ['without a semicolon before', "const a = 1\nimport b from 'b'\n", ['b']],
      ['double quotes and attributes', 'import j from "./x.json" with { type: "json" };', ['./x.json']],
    ];
    for (const [name, text, expected] of cases) {
      it(name, () => assert.deepEqual(specifiers(text).sort(), [...expected].sort()));
    }
  });

  describe('is not fooled by', () => {
    const cases: [string, string][] = [
      ['a comment', "// import './x.ts'\n/* require('y')\n import 'z' */"],
      ['a string', 'const a = "import \'./x.ts\'"; const b = \'require("y")\';'],
      ['a template', "const a = `import './x.ts' ${`import('y')`.length} require('z')`;"],
      ['a regular expression', "const a = /import '(x)'/.test(b) && /[/'\"]require('y')/.test(c);"],
      ['a property', 'a.import(b); const from = 1; Array.from(c); export const d = 2;'],
      ['a division after a regular expression', "const a = /'/.source.length / 2; const b = 'from';"],
      ['an escaped quote', "const a = 'it\\'s import(1)';"],
    ];
    for (const [name, text] of cases) it(name, () => assert.deepEqual(specifiers(text), []));
  });

  it('sees the code in a template', () => {
    assert.deepEqual(specifiers("const a = `${await import('./x.ts')} and ${{ b: require('y') }.b}`;"), [
      './x.ts',
      'y',
    ]);
    assert.match(readSource('`${Date.now()}`').code, /Date\.now/);
  });

  describe('refuses', () => {
    const cases: [string, string, string][] = [
      ['lib -> nodes', 'lib/risk/gate.ts', "import '../../nodes/kit/status.ts';"],
      ['lib -> simulator, dynamically', 'lib/risk/gate.ts', "await import('../../simulator/main.ts');"],
      [
        'lib -> dashboard, for a type',
        'lib/portfolio/ledger.ts',
        "import type { A } from '../../dashboard/a.ts';",
      ],
      ['lib -> node-red', 'lib/risk/gate.ts', "import type { NodeAPI } from 'node-red';"],
      ['lib -> @node-red', 'lib/risk/gate.ts', "export * from '@node-red/util';"],
      ['lib -> scripts', 'lib/risk/gate.ts', "import '../../scripts/environment.mjs';"],
      ['require in lib', 'lib/risk/gate.ts', "require('../domain/money.ts');"],
      ['a computed import in lib', 'lib/risk/gate.ts', 'import(name);'],
      ['domain -> anything of ours', 'lib/domain/money.ts', "import '../risk/policy.ts';"],
      ['lib -> its roof', 'lib/orders/desk.ts', "import type { TradingAccount } from '../account.ts';"],
      ['exchange -> tradier', 'lib/exchange/market.ts', "import '../broker/tradier/codec.ts';"],
      ['tradier -> exchange', 'lib/broker/tradier/rest.ts', "export { a } from '../../exchange/market.ts';"],
      ['exchange -> sockets', 'lib/exchange/market.ts', "import { createServer } from 'node:http';"],
      ['simulator -> nodes', 'simulator/main.ts', "import '../nodes/kit/status.ts';"],
      ['dashboard -> simulator', 'dashboard/a.ts', "import '../simulator/main.ts';"],
      ['a node -> another node', 'nodes/risk-check/risk-check.ts', "import '../portfolio/portfolio.ts';"],
      ['the kit -> a node', 'nodes/kit/accounts.ts', "import '../trader-account/trader-account.ts';"],
      ['a node -> simulator', 'nodes/webhook-in/webhook-in.ts', "import '../../simulator/main.ts';"],
    ];
    for (const [name, file, text] of cases)
      it(name, () => assert.ok(complaint(file, text), `${file} passed: ${text}`));
  });

  describe('lets pass', () => {
    const cases: [string, string][] = [
      ['lib/risk/gate.ts', "import { z } from 'zod'; import '../domain/money.ts'; import './policy.ts';"],
      ['lib/domain/money.ts', "import './errors.ts'; import { createHash } from 'node:crypto';"],
      ['lib/account.ts', "import './orders/desk.ts'; import './broker/port.ts';"],
      ['lib/exchange/broker.ts', "import type { Broker } from '../broker/port.ts';"],
      ['simulator/main.ts', "import '../lib/exchange/market.ts'; import './http.ts'; import 'ws';"],
      ['nodes/trader-account/trader-account.ts', "await import('../../simulator/main.ts');"],
      [
        'nodes/risk-check/risk-check.ts',
        "import type { NodeAPI } from 'node-red'; import '../kit/status.ts'; import '../../lib/account.ts';",
      ],
    ];
    for (const [file, text] of cases) it(`${file}: ${text}`, () => assert.equal(complaint(file, text), null));
  });

  it('finds a circle of imports, also one of types and one of a file with itself', () => {
    const files = new Map([
      ['lib/a.ts', "import type { B } from './b.ts';"],
      ['lib/b.ts', "export * from './deep/c.ts';"],
      ['lib/deep/c.ts', "const a = await import('../a.ts');"],
      ['lib/self.ts', "import './self.ts';"],
      ['lib/leaf.ts', "import './a.ts'; import './self.ts';"],
    ]);
    assert.deepEqual(cycles(files), [['lib/a.ts', 'lib/b.ts', 'lib/deep/c.ts'], ['lib/self.ts']]);
    assert.deepEqual(
      cycles(
        new Map([
          ['lib/a.ts', "import './b.ts'; import './b.ts';"],
          ['lib/b.ts', ''],
        ]),
      ),
      [],
    );
  });

  it('finds raw time and chance', () => {
    const bad = [
      'Date.now()',
      'new Date()',
      'new Date',
      'Date()',
      'Math.random()',
      'setTimeout(run, 1)',
      'globalThis.setInterval(run, 1)',
      'setImmediate(run)',
      'performance.now()',
      'process.hrtime.bigint()',
      'const clock = Date.now;',
      'const { now } = Date;',
      'const { random: r } = Math;',
      'AbortSignal.timeout(5)',
      "import { randomUUID } from 'node:crypto';",
      'crypto.getRandomValues(a)',
      "import { setTimeout as sleep } from 'node:timers/promises';",
      "import timers from 'timers';",
      'const text = `at ${Date.now()}`;',
    ];
    for (const text of bad) assert.notDeepEqual(rawClocks('lib/risk/gate.ts', text), [], text);
    const good = [
      'new Date(ms).toISOString()',
      'const at: Date = new Date( ms );',
      'Date.UTC(2026, 0, 1); Date.parse(text)',
      '// Date.now() is banned',
      "const advice = 'no Math.random() here';",
      'clock.market.now()',
      'const { createHash } = crypto_;',
    ];
    for (const text of good) assert.deepEqual(rawClocks('lib/risk/gate.ts', text), [], text);
    assert.deepEqual(rawClocks('lib/domain/clock.ts', 'Date.now()'), []);
    assert.deepEqual(rawClocks('simulator/main.ts', 'Date.now()'), []);
  });

  it('finds names that say nothing', () => {
    for (const file of [
      'lib/utils/a.ts',
      'lib/helper.ts',
      'nodes/kit/order-manager.ts',
      'lib/math.utils.ts',
    ]) {
      assert.equal(emptyName(file), true, file);
    }
    for (const file of ['lib/risk/gate.ts', 'lib/orders/management-fee.ts'])
      assert.equal(emptyName(file), false, file);
  });

  it('counts lines as an editor does', () => {
    assert.equal(lineCount('a\nb\n'), 2);
    assert.equal(lineCount('a\nb'), 2);
  });

  it('resolves relative imports to paths of the repository', () => {
    const [edge] = edgesOf('nodes/risk-check/risk-check.ts', "import '../../lib/account.ts';");
    assert.deepEqual(edge, {
      from: 'nodes/risk-check/risk-check.ts',
      to: 'lib/account.ts',
      ours: true,
      how: 'import',
    } satisfies Edge);
  });
});

import assert from 'node:assert/strict';
import { TraderError } from '../../lib/domain/errors.ts';
import { defaultStart } from '../../simulator/clock.ts';
import { newYorkText, parseMoment } from '../../simulator/new-york.ts';
import { readCommandLine, resolveOptions } from '../../simulator/options.ts';
import { HandClock, MONDAY } from './support.ts';

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof TraderError && error.code === 'E_INPUT');
    assert.ok(!error.message.includes('\n'));
    return error.message;
  }
  throw new Error('nothing was refused');
}

describe('simulator options', () => {
  it('reads the command line', () => {
    const line = readCommandLine(
      [
        '--port',
        '0',
        '--seed',
        '7',
        '--speed',
        '60',
        '--start',
        '2026-03-02T09:30',
        '--state',
        'x',
        '--no-limits',
        '--fresh',
      ],
      { TRADER_SIM_TOKEN: 'a-token-of-mine' },
    );
    assert.ok(!line.help);
    const { port, seed, speed, start, stateDir, limits, fresh, token } = resolveOptions(line.options);
    assert.deepEqual(
      { port, seed, speed, start, stateDir, limits, fresh, token },
      {
        port: 0,
        seed: 7,
        speed: 60,
        start: MONDAY,
        stateDir: 'x',
        limits: false,
        fresh: true,
        token: 'a-token-of-mine',
      },
    );
  });

  it('has a default for everything', () => {
    const line = readCommandLine([], {});
    assert.ok(!line.help);
    const settings = resolveOptions(line.options);
    assert.deepEqual(
      [settings.host, settings.port, settings.speed, settings.limits, settings.fresh],
      ['127.0.0.1', 8181, 1, true, false],
    );
  });

  it('reads the kind of account and the hours', () => {
    const line = readCommandLine(['--account-type', 'cash', '--extended-hours'], {});
    assert.ok(!line.help);
    const settings = resolveOptions(line.options);
    assert.deepEqual([settings.accountType, settings.hours], ['cash', 'extended']);
    const plain = resolveOptions({});
    assert.deepEqual([plain.accountType, plain.hours], [undefined, 'regular']);
  });

  const bad: [string[], RegExp][] = [
    [['--port', 'abc'], /^--port: "abc" is not accepted; expected a whole number from 0 to 65535/],
    [['--speed', 'fast'], /^--speed: "fast" is not accepted; expected a number from 0.1/],
    [['--seed', '1e999'], /^--seed: "1e999" is not accepted; expected a whole number/],
    [['--account-type'], /--account-type.*expected margin or cash/],
    [['--start', 'yesterday'], /^--start: "yesterday" is not accepted; expected a New York date/],
    [['--start', '2026-02-30T09:30'], /^--start: "2026-02-30T09:30" is not accepted/],
    [['--seed'], /--seed.*expected a whole number/],
    [['--sed', '1'], /--sed/],
    [['stray'], /stray/],
  ];
  for (const [args, expected] of bad) {
    it(`refuses ${args.join(' ')}`, () =>
      assert.match(
        complaint(() => readCommandLine(args, {})),
        expected,
      ));
  }

  for (const [options, expected] of [
    [{ port: 70_000 }, /^port: 70000 .* 65535/],
    [{ speed: 0 }, /^speed: 0 /],
    [{ speed: Number.NaN }, /^speed: /],
    [{ seed: -1 }, /^seed: -1 /],
    [{ seed: 1.5 }, /^seed: 1.5 /],
    [{ start: Date.UTC(2012, 0, 3) }, /^start: .*2012-01-02/],
    [{ start: Date.UTC(2031, 0, 3) }, /^start: .*2031/],
    [{ stateDir: ' ' }, /^state: /],
    [{ accountType: 'pdt' as 'cash' }, /^account-type: "pdt" .* margin or cash/],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () =>
      assert.match(
        complaint(() => resolveOptions(options)),
        expected,
      ));
  }

  it('does not show a token it refuses', () => {
    assert.ok(!complaint(() => resolveOptions({ token: 'a b' })).includes('a b'));
  });

  it('begins at the latest opening bell, twenty sessions earlier when the clock is fast', () => {
    const sunday = Date.UTC(2026, 2, 8, 18);
    assert.equal(newYorkText(defaultStart(sunday, 1) ?? 0), '2026-03-06T09:30:00');
    assert.equal(newYorkText(defaultStart(sunday, 60) ?? 0), '2026-02-05T09:30:00');
    const beforeTheBell = MONDAY - 1;
    assert.equal(newYorkText(defaultStart(beforeTheBell, 1) ?? 0), '2026-02-27T09:30:00');
    assert.equal(newYorkText(defaultStart(MONDAY, 1) ?? 0), '2026-03-02T09:30:00');
    const clock = new HandClock(sunday);
    assert.equal(newYorkText(resolveOptions({ wall: clock.wall }).start), '2026-03-06T09:30:00');
  });

  it('reads New York moments and nothing else', () => {
    assert.equal(parseMoment('2026-03-02 09:30'), MONDAY);
    assert.equal(parseMoment('2026-03-02T09:30:00'), MONDAY);
    assert.equal(parseMoment('2026-07-01'), Date.UTC(2026, 6, 1, 4));
    for (const text of [
      '',
      '2026-3-2',
      '2026-13-01',
      '2026-03-02T24:00',
      '2026-03-02T09:30Z',
      '2026-03-02T9:30',
    ]) {
      assert.equal(parseMoment(text), null, text);
    }
  });
});

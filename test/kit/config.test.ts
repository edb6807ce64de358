import assert from 'node:assert/strict';
import { choice, flag, migrate, number, optionalNumber, text } from '../../nodes/kit/config.ts';
import { coded } from '../../nodes/kit/errors.ts';

describe('kit: config', () => {
  it('reads what the editor stores', () => {
    const raw = { a: ' x ', n: '30', e: '', on: 'true', off: false, word: 'stream' };
    assert.equal(text(raw, 'a'), 'x');
    assert.equal(text(raw, 'e', 'f'), 'f');
    assert.equal(number(raw, 'n', 1, { min: 0, max: 100 }), 30);
    assert.equal(number(raw, 'missing', 7, { min: 0, max: 100 }), 7);
    assert.equal(optionalNumber(raw, 'e'), undefined);
    assert.equal(flag(raw, 'on', false), true);
    assert.equal(flag(raw, 'off', true), false);
    assert.equal(choice(raw, 'word', ['request', 'stream'], 'request'), 'stream');
  });

  it('names the field that is wrong', () => {
    const bounds = { min: 1, max: 10, whole: true };
    for (const [field, value] of Object.entries({
      a: 'abc',
      b: '11',
      c: 1.5,
      d: 'NaN',
      e: 'Infinity',
      f: {},
    })) {
      assert.throws(() => number({ [field]: value }, field, 1, bounds), { code: 'E_INPUT', field }, field);
    }
    assert.throws(() => flag({ on: 'yes' }, 'on', true), { code: 'E_INPUT', field: 'on' });
    assert.throws(() => choice({ m: 'other' }, 'm', ['a'], 'a'), { code: 'E_INPUT', field: 'm' });
  });

  it('brings old settings up to date in order, and refuses those of a later version', () => {
    const migrations = [
      { to: 3, up: (raw: Readonly<Record<string, unknown>>) => ({ ...raw, c: `${String(raw.b)}3` }) },
      { to: 2, up: ({ a, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, b: `${String(a)}2` }) },
    ];
    assert.deepEqual(migrate({ a: '1' }, migrations), { b: '12', c: '123', version: 3 });
    assert.deepEqual(migrate({ b: 'x', version: 2 }, migrations), { b: 'x', c: 'x3', version: 3 });
    assert.throws(() => migrate({ version: 4 }, migrations), { code: 'E_INPUT', field: 'version' });
  });
});

describe('kit: errors', () => {
  it('gives everything thrown an own code', () => {
    for (const thrown of [
      'text',
      undefined,
      new Error('plain'),
      Object.freeze(new Error('frozen')),
      new DOMException('x'),
    ]) {
      const error = coded(thrown);
      assert.ok(Object.hasOwn(error, 'code'));
      assert.equal(error.code, 'E_UNEXPECTED');
    }
    const own = Object.assign(new Error('x'), { code: 'E_OWN' });
    assert.equal(coded(own), own);
  });
});

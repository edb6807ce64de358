import assert from 'node:assert/strict';
import { AlertDesk } from './alert-desk.ts';

describe('an alert on a symbol the broker does not know', () => {
  let desk: AlertDesk;
  beforeEach(() => {
    desk = new AlertDesk();
  });
  afterEach(() => desk.end());

  const TERMS = { symbol: 'NOPE', condition: 'price_above', value: 5 };
  const NOTE = 'the broker does not know NOPE; nothing is watched';

  it('says so in its note until the broker knows it, and tells each change of that once', () => {
    const { book } = desk;
    const { release } = book.claim('node', TERMS);
    const told: string[] = [];
    book.changes.on(({ kind, alert }) => told.push(`${kind}: ${alert.note}`));
    for (const known of [false, false, true, true]) {
      book.tellKnown('node', known);
      const note = known ? '' : NOTE;
      assert.deepEqual([book.get('node')?.note, book.list()[0]?.note], [note, note]);
    }
    assert.deepEqual(told, [`changed: ${NOTE}`, 'changed: ']);
    release();
  });

  it('is not watched for another reason while it is paused, and says the first one when it is armed', () => {
    const { book } = desk;
    book.claim('node', TERMS);
    book.tellKnown('node', false);
    assert.equal(book.change('node', { status: 'paused' })?.note, '');
    assert.equal(book.change('node', { status: 'active' })?.note, NOTE);
  });

  it('is asked for anew by each deploy, also over a restart', async () => {
    const { release } = desk.book.claim('node', TERMS);
    desk.book.tellKnown('node', false);
    release();
    desk.book.tellKnown('node', false);
    desk.book.claim('node', TERMS);
    assert.equal(desk.book.get('node')?.note, '');
    desk.book.tellKnown('node', false);
    await desk.restart();
    desk.book.claim('node', TERMS);
    assert.equal(desk.book.get('node')?.note, '');
  });
});

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Emitter } from '../../lib/domain/events.ts';
import { Lifetime } from '../../nodes/kit/lifetime.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

describe('kit: Lifetime', () => {
  let clock: VirtualClock;
  let errors: unknown[];
  let life: Lifetime;

  beforeEach(() => {
    clock = new VirtualClock(0);
    errors = [];
    life = new Lifetime((error) => errors.push(error), clock.elapsed);
  });

  it('releases everything it owns, newest first, once', async () => {
    const order: string[] = [];
    life.own(() => void order.push('first'));
    life.own(async () => void order.push('second'));
    life.own(() => void order.push('third'));
    await Promise.all([life.close(), life.close()]);
    assert.deepEqual(order, ['third', 'second', 'first']);
    assert.equal(life.size, 0);
  });

  it('leaves no timer and no listener behind', async () => {
    const emitter = new EventEmitter();
    const source = new Emitter<number>(() => undefined);
    life.after(10, () => undefined);
    life.every(10, () => undefined);
    life.listen(emitter, 'news', () => undefined);
    life.on(source, () => undefined);
    const child = life.child();
    child.every(5, () => undefined);
    child.on(source, () => undefined);
    assert.deepEqual([clock.timers, emitter.listenerCount('news'), source.size], [3, 1, 2]);
    await life.close();
    assert.deepEqual([clock.timers, emitter.listenerCount('news'), source.size, child.size], [0, 0, 0, 0]);
    assert.ok(child.closed);
  });

  it('forgets what ended by itself', async () => {
    life.after(10, () => undefined);
    const early = life.own(() => undefined);
    const child = life.child();
    assert.equal(life.size, 3);
    await clock.advance(10);
    early();
    await child.close();
    assert.equal(life.size, 0);
  });

  it('runs nothing after the end, and releases at once what comes too late', async () => {
    const ran: string[] = [];
    const source = new Emitter<string>(() => undefined);
    life.on(source, (value) => void ran.push(value));
    await life.close();
    source.emit('late');
    life.run(() => void ran.push('run'));
    life.own(() => void ran.push('released'));
    assert.deepEqual(ran, ['released']);
    assert.ok(life.signal.aborted);
  });

  it('hears what listeners and timers throw, sync and async, and goes on', async () => {
    life.every(10, () => {
      throw new Error('sync');
    });
    life.after(15, async () => {
      throw new Error('async');
    });
    await clock.advance(20);
    assert.deepEqual(
      errors.map((error) => (error as Error).message),
      ['sync', 'async', 'sync'],
    );
  });

  it('releases the rest when one release fails', async () => {
    const order: string[] = [];
    life.own(() => void order.push('kept'));
    life.own(() => {
      throw new Error('stuck');
    });
    await life.close();
    assert.deepEqual(order, ['kept']);
    assert.equal((errors[0] as Error).message, 'stuck');
  });
});

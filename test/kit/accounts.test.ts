import assert from 'node:assert/strict';
import type { AccountStatus, TradingAccount } from '../../lib/account.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import { Emitter } from '../../lib/domain/events.ts';
import { PRESETS } from '../../lib/risk/policy.ts';
import type { AccountParts, AccountSettings, AccountView } from '../../nodes/kit/account-view.ts';
import { AccountRegistry } from '../../nodes/kit/accounts.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

/** Stands in for brokers and accounts; counts how many of each are open. */
class Parts implements AccountParts {
  readonly events: string[] = [];
  readonly changes = new Emitter<AccountStatus>(() => undefined);
  reached = 0;
  failing: Error | null = null;
  open = async (_reached: unknown, settings: AccountSettings, accountId: string) => {
    if (this.failing) throw this.failing;
    this.events.push(`open ${settings.environment}:${accountId} ${settings.policy.maxOpenPositions}`);
    const status = () => ({ state: 'ready', reason: 'connected', haltState: 'active' });
    const account = { accountId, status, statusChanges: this.changes } as unknown as TradingAccount;
    return {
      account,
      close: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        this.events.push(`close ${accountId}`);
      },
    };
  };
  async reach() {
    this.reached += 1;
    const release = () => {
      this.reached -= 1;
    };
    return { restUrl: '', token: 't', release };
  }
  async discover() {
    if (this.failing) throw this.failing;
    return 'VA1';
  }
}

const SETTINGS: AccountSettings = {
  environment: 'simulator',
  accountId: '',
  token: '',
  namespace: '',
  feed: null,
  policy: PRESETS.standard,
  userDir: '/nowhere',
};

describe('kit: AccountRegistry', () => {
  let clock: VirtualClock;
  let parts: Parts;
  let registry: AccountRegistry;

  beforeEach(() => {
    clock = new VirtualClock(0);
    parts = new Parts();
    registry = new AccountRegistry(parts, clock.elapsed);
  });

  const attach = (settings: Partial<AccountSettings> = {}) => {
    const views: AccountView[] = [];
    const seat = registry.attach({ ...SETTINGS, ...settings }, (view) => views.push(view));
    return { seat, views, state: () => seat.view().state };
  };

  it('opens once for all who ask for the same account, discovered or named', async () => {
    const one = attach();
    const two = attach({ accountId: 'VA1' });
    assert.equal(one.state(), 'connecting');
    await clock.advance(0);
    assert.deepEqual([one.state(), two.state()], ['ready', 'ready']);
    assert.equal(one.seat.view().account, two.seat.view().account);
    assert.deepEqual(parts.events, ['open simulator:VA1 10']);
    assert.equal(parts.reached, 1);
  });

  it('survives a deploy, and closes a few seconds after the last one left', async () => {
    const one = attach();
    await clock.advance(0);
    const { account } = one.seat.view();
    one.seat.leave();
    const again = attach();
    assert.equal(again.state(), 'ready', 'at once, without asking again');
    assert.equal(again.seat.view().account, account);
    again.seat.leave();
    await clock.advance(2_999);
    assert.equal(parts.events.length, 1);
    await clock.advance(1);
    assert.deepEqual(parts.events, ['open simulator:VA1 10', 'close VA1']);
    assert.deepEqual([registry.keys(), parts.reached, parts.changes.size, clock.timers], [[], 0, 0, 0]);
  });

  it('turns away who wants it otherwise, until the first is gone', async () => {
    const one = attach();
    await clock.advance(0);
    const other = attach({ policy: PRESETS.careful });
    assert.equal(other.state(), 'conflict');
    assert.equal(other.seat.view().code, 'E_ACCOUNT_CONFLICT');
    assert.match(other.seat.view().reason, /VA1/);
    assert.equal(one.state(), 'ready');
    one.seat.leave();
    await clock.advance(3_000);
    assert.equal(other.state(), 'ready');
    assert.deepEqual(parts.events, ['open simulator:VA1 10', 'close VA1', 'open simulator:VA1 5']);
  });

  it('reopens, never two at once, when a deploy changed the settings', async () => {
    const one = attach();
    await clock.advance(0);
    one.seat.leave();
    const changed = attach({ policy: PRESETS.careful });
    await clock.advance(0);
    assert.equal(changed.state(), 'ready');
    assert.deepEqual(parts.events, ['open simulator:VA1 10', 'close VA1', 'open simulator:VA1 5']);
  });

  it('keeps trying, says why, and tells temporary from lasting', async () => {
    parts.failing = new TraderError('E_BROKER_UNREACHABLE', 'no route');
    const one = attach();
    await clock.advance(0);
    assert.deepEqual([one.state(), one.seat.view().reason], ['connecting', 'no route']);
    parts.failing = new TraderError('E_JOURNAL', 'locked');
    await clock.advance(500);
    assert.deepEqual([one.state(), one.seat.view().code], ['down', 'E_JOURNAL']);
    parts.failing = null;
    await clock.advance(2_000);
    assert.deepEqual([one.state(), one.seat.view().code], ['ready', null]);
    assert.equal(parts.reached, 1);
  });

  it('gives up when nobody waits any more', async () => {
    parts.failing = new TraderError('E_JOURNAL', 'locked');
    const one = attach({ accountId: 'VA1' });
    await clock.advance(0);
    one.seat.leave();
    parts.failing = null;
    await clock.advance(60_000);
    assert.deepEqual(registry.keys(), []);
    assert.equal(parts.reached, 0);
  });

  it('passes on what the account says of itself', async () => {
    const one = attach();
    await clock.advance(0);
    parts.changes.emit({ state: 'degraded', reason: 'stream down', haltState: 'reducing' } as AccountStatus);
    assert.deepEqual(
      [one.state(), one.seat.view().reason, one.seat.view().haltState],
      ['degraded', 'stream down', 'reducing'],
    );
    assert.ok(one.seat.view().account);
  });

  it('closes everything on request', async () => {
    const one = attach();
    attach({ policy: PRESETS.careful });
    await clock.advance(0);
    await registry.closeAll();
    assert.deepEqual(registry.keys(), []);
    assert.equal(parts.reached, 0);
    assert.equal(one.seat.view().state, 'ready', 'who left hears nothing more');
  });
});

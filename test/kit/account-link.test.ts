import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import { AccountLink, type AccountNode } from '../../nodes/kit/account-link.ts';
import type { AccountView } from '../../nodes/kit/account-view.ts';
import { Lifetime } from '../../nodes/kit/lifetime.ts';

const CONNECTING: AccountView = {
  state: 'connecting',
  reason: 'connecting to the broker',
  code: null,
  account: null,
  environment: 'simulator',
  haltState: 'active',
};

/** A node that sits at an account which is still being opened. */
function seated() {
  const life = new Lifetime((error) => assert.fail(String(error)));
  const link = new AccountLink(life, () => undefined);
  const target: Pick<AccountNode, 'join' | 'view'> = {
    join: () => () => undefined,
    view: () => CONNECTING,
  };
  link.join({} as Node, target);
  return { life, link };
}

describe('kit: the hold of a node on its account', () => {
  it('ends the wait for an account when the node closes', async () => {
    const { life, link } = seated();
    const waiting = assert.rejects(link.open(), { code: 'E_BROKER_UNREACHABLE' });
    await life.close();
    await waiting;
    assert.equal(life.size, 0);
  });

  it('does not wait at all once the node has closed', async () => {
    const { life, link } = seated();
    await life.close();
    await assert.rejects(link.open(), { code: 'E_BROKER_UNREACHABLE' });
  });
});

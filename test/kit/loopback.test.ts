import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { NodeAPI } from 'node-red';
import { asksLoopback, isLoopback, listensOnLoopback } from '../../nodes/kit/loopback.ts';

describe('kit: loopback', () => {
  const red = (address: unknown, uiHost?: string) =>
    ({ server: { address: () => address }, settings: { uiHost } }) as unknown as NodeAPI;
  const asked = (host: string | undefined) => asksLoopback({ headers: { host } } as IncomingMessage);

  it("knows this machine's own names", () => {
    for (const host of ['127.0.0.1', '127.8.9.1', 'localhost', 'LOCALHOST', '::1', '[::1]'])
      assert.equal(isLoopback(host), true, host);
    for (const host of ['0.0.0.0', '::', '192.168.1.4', 'desk.example', '127.0.0.1.evil.example', ''])
      assert.equal(isLoopback(host), false, host);
  });

  it('goes by what the server is bound to, before that by the settings, and by default is open', () => {
    assert.equal(listensOnLoopback(red({ address: '127.0.0.1', port: 1 }, '0.0.0.0')), true);
    assert.equal(listensOnLoopback(red({ address: '::', port: 1 }, '127.0.0.1')), false);
    assert.equal(listensOnLoopback(red(null, '127.0.0.1')), true);
    assert.equal(listensOnLoopback(red(null, '0.0.0.0')), false);
    assert.equal(listensOnLoopback(red(null)), false);
  });

  it('looks at the name a request was made under', () => {
    for (const host of ['127.0.0.1:1880', 'localhost', '[::1]:1880']) assert.equal(asked(host), true, host);
    for (const host of ['evil.example:1880', '127.0.0.1.evil.example', '', undefined, 'a b'])
      assert.equal(asked(host), false, host);
  });

  it('takes nobody behind a proxy for this machine, by whatever name the proxy asks', () => {
    const through = (header: string) =>
      asksLoopback({ headers: { host: 'localhost:1880', [header]: '203.0.113.9' } } as IncomingMessage);
    for (const header of ['x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via'])
      assert.equal(through(header), false, header);
    const plainNginx = { headers: { host: '127.0.0.1:1880', connection: 'close' }, httpVersion: '1.0' };
    assert.equal(asksLoopback(plainNginx as IncomingMessage), false);
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { announcement, curlLine, powerShellLine, readyLine } from '../../scripts/desk/announcement.mjs';
import { allSimulated, apiPrefix, udfPath, webhookPath } from '../../scripts/desk/user-directory.mjs';
import { givenToken } from '../../scripts/environment.mjs';
import { keepSecret, keptSecret } from '../../scripts/kept-secret.mjs';
import { cleanUp, temporaryDirectory } from './desk-run.ts';

const desk = {
  editor: 'http://127.0.0.1:1880/',
  dashboard: 'http://127.0.0.1:1880/dashboard',
  webhook: 'http://127.0.0.1:1880/webhook/tradingview',
  simulator: 'http://127.0.0.1:8181',
  udf: 'http://127.0.0.1:1880/udf',
  api: 'http://127.0.0.1:1880',
  apiToken: '/home/me/my desk/api-token',
  account: 'VA1',
  pid: 42,
};
const simulated = { ...desk, simulated: true, secret: 's'.repeat(43) };
const real = { ...desk, simulated: false, secretFile: '/home/me/my desk/webhook-secret' };

/** What curl would send if the line were pasted into this shell. */
function pasted(shell: string, line: string): Record<string, unknown> {
  const script = `curl() { for last; do :; done; printf '%s' "$last"; }\n${line}\n`;
  return JSON.parse(execFileSync(shell, ['-c', script], { encoding: 'utf8' }));
}

describe('announcement', () => {
  after(cleanUp);

  it('ends with one compact line for programs, with the secret while everything is simulated', () => {
    assert.equal(
      readyLine(simulated),
      `{"ready":true,"editor":"${desk.editor}","webhook":"${desk.webhook}","secret":"${simulated.secret}","simulator":"${desk.simulator}","udf":"${desk.udf}","api":"${desk.api}","pid":42}`,
    );
    const lines = announcement(simulated).trimEnd().split('\n');
    assert.equal(lines.at(-1), readyLine(simulated));
    assert.equal(lines.filter((line) => line.startsWith('{"ready"')).length, 1);
    assert.match(announcement(simulated), /SIMULATED money \(paper account VA1\)/);
    assert.ok(announcement(simulated).includes(`the token is in ${desk.apiToken})`));
  });

  it('names the public webhook port to people when there is one, and nothing else changes', () => {
    const withPort = { ...simulated, publicWebhook: 'http://127.0.0.1:8088/webhook/tradingview' };
    assert.equal(readyLine(withPort), readyLine(simulated));
    assert.match(announcement(withPort), /Public port http:\/\/127\.0\.0\.1:8088\/webhook\/tradingview /);
    assert.doesNotMatch(announcement(simulated), /Public port/);
  });

  it('says nothing of charts when no feed is switched on', () => {
    const { udf, ...without } = simulated;
    assert.ok(announcement(simulated).includes(`Charts      ${udf} `));
    assert.doesNotMatch(announcement(without), /Charts|udf/);
  });

  it('names the file and keeps the secret to itself once an account is real', () => {
    assert.equal(
      readyLine(real),
      `{"ready":true,"editor":"${desk.editor}","webhook":"${desk.webhook}","secretFile":"${real.secretFile}","simulator":"${desk.simulator}","udf":"${desk.udf}","api":"${desk.api}","pid":42}`,
    );
    assert.doesNotMatch(announcement(real), /SIMULATED money/);
    assert.match(announcement(real), /orders leave this machine/);
  });

  for (const shell of ['bash', 'sh']) {
    it(`shows one curl line that is a new alert each time ${shell} runs it`, () => {
      assert.ok(!curlLine(simulated).includes('\n'));
      const alert = pasted(shell, curlLine(simulated));
      assert.deepEqual(
        { ...alert, id: '', timestamp: '' },
        { id: '', secret: simulated.secret, ticker: 'AAPL', action: 'buy', contracts: 10, timestamp: '' },
      );
      assert.ok(Math.abs(Date.parse(String(alert.timestamp)) - Date.now()) < 5000);
      assert.match(String(alert.id), /^try-\d+-/);
      if (shell === 'bash') assert.notEqual(alert.id, pasted(shell, curlLine(simulated)).id);
    });
  }

  it('lets the shell read the secret from its file, wherever that is', () => {
    const directory = path.join(temporaryDirectory(), "it's a desk");
    mkdirSync(directory);
    const secretFile = path.join(directory, 'webhook-secret');
    writeFileSync(secretFile, 'kept\n');
    assert.equal(pasted('bash', curlLine({ ...desk, secretFile })).secret, 'kept');
    assert.ok(powerShellLine({ ...desk, secretFile }).includes("it''s a desk"));
  });

  it('makes a new id for PowerShell too', () => {
    assert.match(powerShellLine(simulated), /\[guid\]::NewGuid\(\)/);
    assert.ok(!powerShellLine(simulated).includes('\n'));
  });
});

describe('what the announcement is made from', () => {
  after(cleanUp);

  it('knows when every enabled account is the simulator', () => {
    const account = (environment: string, more = {}) => ({
      id: environment,
      type: 'trader-account',
      environment,
      ...more,
    });
    assert.equal(allSimulated([]), true);
    assert.equal(allSimulated([account('simulator')]), true);
    assert.equal(allSimulated([account('simulator'), account('tradier-sandbox')]), false);
    assert.equal(allSimulated([account('simulator'), account('tradier-live', { d: true })]), true);
  });

  it('finds the path of the first webhook that is switched on', () => {
    const webhook = (id: string, more = {}) => ({
      id,
      type: 'webhook-in',
      z: 'tab',
      path: `/${id}`,
      ...more,
    });
    const tab = { id: 'tab', type: 'tab' };
    assert.equal(webhookPath([]), '/webhook/tradingview');
    assert.equal(webhookPath([tab, webhook('off', { d: true }), webhook('on')]), '/on');
    assert.equal(
      webhookPath([{ ...tab, disabled: true }, webhook('off'), webhook('on', { z: 'other' })]),
      '/on',
    );
    assert.equal(webhookPath([tab, webhook('w', { path: 'bare' })]), '/bare');
  });

  it('finds what stands in front of the paths of the API that is switched on', () => {
    const tab = { id: 'tab', type: 'tab' };
    const api = { id: 'api', type: 'trader-api', z: 'tab', prefix: '' };
    assert.equal(apiPrefix([]), undefined);
    assert.equal(apiPrefix([tab, api]), '');
    assert.equal(apiPrefix([tab, { ...api, prefix: '/desk/' }]), '/desk');
    assert.equal(apiPrefix([{ ...tab, disabled: true }, api]), undefined);
  });

  it('makes a secret once and keeps it for its owner alone', () => {
    const directory = path.join(temporaryDirectory(), 'new');
    const made = keptSecret(directory, 'webhook-secret');
    assert.match(made, /^[\w-]{43}$/);
    assert.equal(keptSecret(directory, 'webhook-secret'), made);
    assert.notEqual(keptSecret(directory, 'other'), made);
    const file = keepSecret(directory, 'webhook-secret', 'given');
    assert.equal(readFileSync(file, 'utf8'), 'given\n');
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('takes a token for the API that is long enough and not the secret of the webhook', () => {
    const token = 'a-token-of-its-own';
    assert.equal(givenToken({}), undefined);
    assert.equal(givenToken({ TRADER_API_TOKEN: token, TRADER_WEBHOOK_SECRET: 'another' }), token);
    for (const wrong of ['short', 'a token with blanks', 'slashes/are/in/the/way'])
      assert.throws(() => givenToken({ TRADER_API_TOKEN: wrong }), /TRADER_API_TOKEN does not work/);
    const same = { TRADER_API_TOKEN: token, TRADER_WEBHOOK_SECRET: token };
    assert.throws(() => givenToken(same), /is the webhook's secret/);
  });

  it('finds the path of the first feed that is switched on, and none where there is none', () => {
    const tab = { id: 'tab', type: 'tab' };
    const feed = { id: 'feed', type: 'udf-endpoint', z: 'tab', path: '/charts' };
    assert.equal(udfPath([tab]), undefined);
    assert.equal(udfPath([tab, feed]), '/charts');
    assert.equal(udfPath([tab, { ...feed, path: '' }]), '/udf');
    assert.equal(udfPath([{ ...tab, disabled: true }, feed]), undefined);
    assert.equal(udfPath([tab, { ...feed, d: true }]), undefined);
  });
});

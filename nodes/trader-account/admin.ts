import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { inputError } from '../../lib/domain/errors.ts';
import { isAccountNode } from '../kit/account-link.ts';
import { coded } from '../kit/errors.ts';
import { testAccount } from './test-account.ts';

const HALT_STATES = ['active', 'reducing', 'halted'] as const;
const LONGEST_REASON = 200;
/** What the editor shows in place of a stored password. */
const STORED = '__PWRD__';

/** What the account's dialog in the editor asks. Behind the editor's login, like every admin route. */
export function adminRoutes(RED: NodeAPI): void {
  const mayRead = RED.auth.needsPermission('trader-account.read');
  const mayWrite = RED.auth.needsPermission('trader-account.write');

  RED.httpAdmin.post('/trader-account/test', mayWrite, (req: Request, res: Response) => {
    if (!isJson(req)) return void refuseForm(res);
    const body = bodyOf(req);
    const { environment, accountId, marketFrom } = body;
    const token = typedOrStored(RED, body, 'token');
    const marketToken = typedOrStored(RED, body, 'marketToken');
    testAccount(RED, { environment, accountId, token, marketFrom, marketToken }).then(
      (result) => res.json(result),
      (error: unknown) => res.status(500).json({ ok: false, message: coded(error).message }),
    );
  });

  RED.httpAdmin.get('/trader-account/:id/state', mayRead, (req: Request, res: Response) => {
    const view = viewOf(RED, req);
    if (!view) return void res.status(404).json({ message: 'This account is not deployed.' });
    const { state, reason, code, environment, account } = view;
    const running = account?.status() ?? null;
    res.json({
      state,
      reason,
      code,
      environment,
      account: account?.accountId ?? null,
      simulated: account?.simulated ?? null,
      haltState: running?.haltState ?? null,
      haltReason: running?.haltReason ?? null,
      streams: running?.streams ?? null,
    });
  });

  RED.httpAdmin.post('/trader-account/:id/halt-state', mayWrite, (req: Request, res: Response) => {
    if (!isJson(req)) return void refuseForm(res);
    const account = viewOf(RED, req)?.account;
    if (!account) return void res.status(409).json({ message: 'This account is not running.' });
    try {
      const { state, reason } = readHalt(bodyOf(req));
      account.setHaltState(state, reason, whoIs(req));
      res.json({ haltState: account.haltState() });
    } catch (error) {
      const { code, message } = coded(error);
      res.status(code === 'E_INPUT' ? 400 : 500).json({ code, message });
    }
  });
}

function readHalt(body: Record<string, unknown>) {
  const state = HALT_STATES.find((word) => word === body.state);
  if (!state) throw inputError('state', body.state, `one of ${HALT_STATES.join(', ')}`);
  const reason = typeof body.reason === 'string' ? body.reason.trim() : '';
  if (reason === '' || reason.length > LONGEST_REASON) {
    throw inputError('reason', body.reason, `why, in 1 to ${LONGEST_REASON} characters`);
  }
  return { state, reason };
}

function viewOf(RED: NodeAPI, req: Request) {
  const node: unknown = RED.nodes.getNode(String(req.params.id));
  return isAccountNode(node) ? node.view() : null;
}

function typedOrStored(RED: NodeAPI, body: Record<string, unknown>, field: 'token' | 'marketToken'): string {
  const value = body[field];
  const typed = typeof value === 'string' ? value.trim() : '';
  return typed === '' || typed === STORED ? storedToken(RED, body.id, field) : typed;
}

function storedToken(RED: NodeAPI, id: unknown, field: 'token' | 'marketToken'): string {
  if (typeof id !== 'string' || id === '') return '';
  // Another node's credential of the same name is none of the broker's business.
  if (!isAccountNode(RED.nodes.getNode(id))) return '';
  const stored = RED.nodes.getCredentials(id) as Record<string, unknown> | null | undefined;
  const token = stored?.[field];
  return typeof token === 'string' ? token.trim() : '';
}

/** A page of another site can make a browser post a form, but not JSON, to an editor without a login. */
function isJson(req: Request): boolean {
  return /^application\/json\b/i.test(req.headers['content-type'] ?? '');
}

function refuseForm(res: Response): void {
  res.status(415).json({ ok: false, message: 'Send JSON.' });
}

function bodyOf(req: Request): Record<string, unknown> {
  const body: unknown = req.body;
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

/** The editor's user, when the editor has a login. */
function whoIs(req: Request): string {
  const user: unknown = Reflect.get(req, 'user');
  const name: unknown = typeof user === 'object' && user !== null ? Reflect.get(user, 'username') : undefined;
  return typeof name === 'string' && name !== '' ? name : 'editor';
}

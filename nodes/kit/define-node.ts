import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow } from 'node-red';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { AccountLink } from './account-link.ts';
import { type AccountView, delayOf } from './account-view.ts';
import { type Migration, migrate, type RawConfig } from './config.ts';
import { type CodedError, coded, underLabel } from './errors.ts';
import { Lifetime } from './lifetime.ts';
import { StatusLight } from './status.ts';

export type Outgoing = NodeMessage | (NodeMessage | NodeMessage[] | null)[];
export type Send = (message: Outgoing) => void;
/** Handles one message. What it throws, now or later, goes to a Catch node. */
export type InputHandler = (msg: NodeMessageInFlow, send: Send) => void | Promise<void>;

export interface NodeTools<C, K extends object = object> {
  RED: NodeAPI;
  node: Node<K>;
  config: C;
  life: Lifetime;
  status: StatusLight;
  account: AccountLink;
  /** Sends a message that no input asked for; after the node closed it is dropped. */
  send: Send;
  /** Tells a failure that belongs to no message, or to one whose `done` was called already. */
  report: (error: unknown, msg?: NodeMessage) => void;
}

export interface NodeDefinition<C, K extends object = object> {
  /** Its Node-RED type: also the root of its catalogue and the name of its folder. */
  type: string;
  migrations?: readonly Migration[];
  /** Reads the settings; throws E_INPUT naming the field. */
  parse: (config: RawConfig) => C;
  /** Wires the node; returns what handles its input, if it has one. */
  start: (tools: NodeTools<C, K>) => InputHandler | undefined;
}

/** The constructor Node-RED calls for each node of a type. It never throws: a node that cannot work turns red. */
export function defineNode<C, K extends object = object>(RED: NodeAPI, definition: NodeDefinition<C, K>) {
  return function construct(this: Node<K>, def: NodeDef): void {
    RED.nodes.createNode(this, def);
    build(RED, definition, this, def as unknown as RawConfig);
  };
}

function build<C, K extends object>(
  RED: NodeAPI,
  definition: NodeDefinition<C, K>,
  node: Node<K>,
  raw: RawConfig,
): void {
  // Without a message Node-RED tells the log only, and no Catch node.
  const report = (error: unknown, msg?: NodeMessage) =>
    node.error(msg === undefined ? inDialogWords(RED, definition.type, error) : coded(error), msg ?? {});
  const life = new Lifetime(report);
  const status = lightOf(RED, node, definition.type, life);
  node.on('close', (_removed: boolean, done: () => void) => {
    life.close().then(done, done);
  });
  try {
    const config = definition.parse(migrate(raw, definition.migrations ?? []));
    const account = new AccountLink(life, (view) => showAccount(status, view));
    const send: Send = (message) => {
      if (!life.closed) node.send(message);
    };
    if ('account' in raw) account.join(node, RED.nodes.getNode(String(raw.account)));
    const handle = definition.start({ RED, node, config, life, status, account, send, report });
    if (handle) listen(node, life, handle);
  } catch (error) {
    const problem = inDialogWords(RED, definition.type, error);
    status.pin('down', 'misconfigured');
    node.warn(problem.message);
    listen(node, life, () => {
      throw problem;
    });
  }
}

/** Every input ends in done() or done(error) exactly once; what finishes after the close is dropped. */
function listen(node: Node, life: Lifetime, handle: InputHandler): void {
  node.on('input', (msg, send, done) => {
    const sendOpen: Send = (message) => {
      if (!life.closed) send(message);
    };
    const finish = (error?: unknown) => {
      if (life.closed) return;
      if (error === undefined) done();
      else done(coded(error));
    };
    // Called inside the promise, so that a synchronous throw arrives at the same place as a rejection.
    new Promise<void>((resolve) => resolve(handle(msg, sendOpen)))
      .then(
        () => finish(),
        (error: unknown) => finish(error ?? new Error('failed without a reason')),
      )
      // What a Catch or Complete node throws must not end the process either.
      .catch((error: unknown) => node.error(coded(error)));
  });
}

export function lightOf(RED: NodeAPI, node: Node, type: string, life: Lifetime): StatusLight {
  const light = new StatusLight({
    type,
    write: (status) => node.status(status),
    translate: (id) => words(RED, id),
    elapsed: systemElapsed,
  });
  life.own(() => light.close());
  return light;
}

/** An error about a setting names it as the dialog does. */
function inDialogWords(RED: NodeAPI, type: string, thrown: unknown): CodedError {
  const error = coded(thrown);
  const field: unknown = Reflect.get(error, 'field');
  if (typeof field !== 'string') return error;
  const id = `${type}.label.${field}`;
  const label = words(RED, id);
  return label === id ? error : underLabel(error, field, label);
}

const WORDS = new Map<string, string>();

/** The catalogue's text, asked for once: a look-up takes longer than deciding on an order. */
function words(RED: NodeAPI, id: string): string {
  const known = WORDS.get(id);
  if (known !== undefined) return known;
  const text = RED._(id);
  if (text !== id) WORDS.set(id, text);
  return text;
}

/** What every node shows of its account, until it has something of its own to say. */
export function showAccount(status: StatusLight, view: AccountView): void {
  status.mark(view.environment, delayOf(view));
  switch (view.state) {
    case 'ready':
      if (view.haltState === 'active') status.ready();
      else status.show('stale', view.haltState);
      break;
    case 'degraded':
      status.show('stale', 'degraded');
      break;
    case 'connecting':
      status.show('waiting', 'connecting');
      break;
    case 'down':
      status.show('down', 'error', view.code ?? '');
      break;
    case 'conflict':
      status.show('down', 'misconfigured');
      break;
    case 'misconfigured':
      status.show('down', view.code === 'E_NO_ACCOUNT' ? 'noAccount' : 'misconfigured');
  }
}

import type { Request, Response } from 'express';
import type { Node, NodeAPI } from 'node-red';
import type { ShownArrival } from '../../lib/webhook/recent.ts';

/** What the dialog asks a deployed node. */
export interface WebhookView {
  arrivals: () => ShownArrival[];
}

const VIEWS = new WeakMap<Node, WebhookView>();

export function offerView(node: Node, view: WebhookView): void {
  VIEWS.set(node, view);
}

/** What the webhook's dialog in the editor asks. Behind the editor's login, like every admin route. */
export function adminRoutes(RED: NodeAPI): void {
  const mayRead = RED.auth.needsPermission('webhook-in.read');
  RED.httpAdmin.get('/webhook-in/:id/arrivals', mayRead, (req: Request, res: Response) => {
    res.set('cache-control', 'no-store');
    const node: unknown = RED.nodes.getNode(String(req.params.id));
    const view = typeof node === 'object' && node !== null ? VIEWS.get(node as Node) : undefined;
    // null: no webhook of this id is running.
    res.json({ arrivals: view?.arrivals() ?? null });
  });
}

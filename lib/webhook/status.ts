import type { IncomingHttpHeaders } from 'node:http';
import { bearerAccepted } from './authenticate.ts';
import type { Inbox, SignalOutcome } from './inbox.ts';
import { errorReply, outcomeBody, type Reply, unauthorized } from './reply.ts';

const LONGEST_ID = 512;

/**
 * Answers `GET <webhook>/signals/<id>`: what became of a signal, by its key or by the sender's own id. A GET has no
 * body, so only the Bearer token authenticates.
 */
export function signalStatus(
  headers: IncomingHttpHeaders,
  source: string,
  id: string,
  config: { secrets: readonly string[] },
  inbox: Inbox,
): Reply {
  if (!bearerAccepted(headers, config.secrets)) return unauthorized();
  let outcome: SignalOutcome | null;
  try {
    outcome = id.length <= LONGEST_ID ? inbox.outcome(source, id) : null;
  } catch {
    return errorReply(503, { message: 'The journal could not be read. Ask again.' }, { 'retry-after': '5' });
  }
  if (!outcome) {
    return errorReply(404, {
      field: 'signal',
      expected: 'a signal received here',
      message: 'No such signal was received here.',
    });
  }
  return { status: 200, body: outcomeBody(outcome) };
}

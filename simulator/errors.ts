import type { OrderError } from '../lib/exchange/contract.ts';
import { json, type Reply, text } from './http.ts';
import { collapse } from './serializer.ts';

/** Every error shape of Tradier's that this simulator answers, in one place. Numbers are those of the reference, §3. */

/** Shape 1: the gateway does not know the token. */
export function invalidToken(): Reply {
  return json(
    {
      fault: {
        faultstring: 'Invalid Access Token',
        detail: { errorcode: 'keymanagement.service.invalid_access_token' },
      },
    },
    401,
  );
}

/** Shape 3, and the way a handler gives up on a parameter. */
export class InvalidParameter extends Error {
  constructor(name: string, reason: string) {
    super(`Invalid parameter, ${name}: ${reason}`);
    this.name = 'InvalidParameter';
  }
}

export function invalidParameter(error: InvalidParameter): Reply {
  return text(400, error.message);
}

/** Shape 4: an order nobody knows and an account of somebody else look the same. */
export function unauthorizedAccount(account: string): Reply {
  return text(401, `Unauthorized Account: ${account}`);
}

/** Shape 5: the order can no longer be cancelled or changed. */
export function finalized(status: string): Reply {
  return text(400, `order already in finalized state: ${status}`);
}

/** Shape 6: what the order backend says while it is down. */
export function backendFailure(): Reply {
  return text(500, 'An error occurred while communicating with the backend.');
}

const RISK_CODES = new Set([
  'InitialMargin',
  'MaintenanceMargin',
  'TotalInitialMargin',
  'DayTradingBuyingPowerExceeded',
]);

/** Codes of the exchange's own, where Tradier is known to check a parameter or has no code: the parameter they name. */
const PARAMETERS: Record<string, string> = {
  InvalidDuration: 'duration',
  InvalidOrderClass: 'class',
  OcoLegsOfDifferentSymbols: 'symbol',
  OcoLegsOfTheSameType: 'type',
  InvalidChange: 'duration',
};

/**
 * Shape 7: refused with status 200. Risk refusals were recorded with the back office's sentence before the code,
 * so they are an array; a single code alone is a bare string.
 */
export function refused(errors: OrderError[]): Reply {
  for (const { code, message } of errors) {
    const name = PARAMETERS[code];
    if (name !== undefined) return invalidParameter(new InvalidParameter(name, message));
  }
  const words = errors.map((error) => error.code || error.message);
  if (errors.some((error) => RISK_CODES.has(error.code))) {
    words.unshift('Backoffice rejected override of the order.');
  }
  return json({ errors: { error: collapse(words) } });
}

/** Over quota: plain text whose last word is the end of the window in epoch ms. */
export function quotaViolation(expiry: number): Reply {
  return text(429, `Quota Violation: the rate limit of this minute is used up, try again at ${expiry}`);
}

export function notFound(method: string, path: string): Reply {
  return text(404, `The simulator has no ${method} ${path}`);
}

export function methodNotAllowed(method: string, path: string, allowed: string[]): Reply {
  return text(405, `${method} is not possible on ${path}; expected ${allowed.join(' or ')}`);
}

export function bodyTooLarge(limit: number): Reply {
  return text(413, `The request body is larger than ${limit} bytes`);
}

export function malformed(reason: string): Reply {
  return text(400, reason);
}

/** What a client that forgot to ask for JSON gets instead of the answer. */
export function xmlStub(status: number): Reply {
  const body =
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<simulator>' +
    '<error>The request has no "Accept: application/json". Tradier answers XML then; this simulator speaks JSON only.</error>' +
    '</simulator>\n';
  return { status, body, kind: 'xml' };
}

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TraderError } from '../lib/domain/errors.ts';

/** Resolves with the port; a refusal of the system becomes `E_INPUT` with what to choose instead. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(unusable(error, host, port));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** `host:port` that a client on this machine can use. */
export function reachable(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `127.0.0.1:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Ends every connection and frees the port. */
export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function unusable(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return refused(
        error,
        { field: 'port', value: port },
        `${port} on ${host} is already in use`,
        'a port nobody listens on: choose another with --port <number>, or --port 0 for any free one',
      );
    case 'EACCES':
      return refused(
        error,
        { field: 'port', value: port },
        `this user may not listen on ${port}`,
        'a port above 1023: choose another with --port <number>',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return refused(
        error,
        { field: 'host', value: host },
        `${host} cannot be listened on`,
        'an address of this machine such as 127.0.0.1',
      );
    default:
      return error;
  }
}

function refused(
  cause: Error,
  what: { field: string; value: unknown },
  reason: string,
  expected: string,
): TraderError {
  return new TraderError('E_INPUT', `${what.field}: ${reason}; expected ${expected}`, {
    ...what,
    expected,
    cause,
  });
}

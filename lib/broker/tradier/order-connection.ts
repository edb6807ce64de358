import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { nextTurn } from '../../domain/event-loop.ts';

export interface OrderConnection {
  readonly socket: Socket;
  /** The event that says that it stands. */
  readonly stands: 'connect' | 'secureConnect';
}

/** A connection for one order write, just begun. */
export function connectTo(origin: string): OrderConnection {
  const { hostname, port, protocol } = new URL(origin);
  const secure = protocol === 'https:';
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 443 : 80) };
  const socket = secure
    ? connectTls({
        ...target,
        ...(isIP(target.host) ? {} : { servername: hostname }),
        ALPNProtocols: ['http/1.1'],
      })
    : connectPlain({ ...target, noDelay: true });
  // Whatever becomes of it, also unused or after the outcome is settled: it must not bring the process down.
  socket.on('error', () => undefined);
  return { socket, stands: secure ? 'secureConnect' : 'connect' };
}

/** The connection of the next order, begun while its attempt is being committed. It is gone when that order does not come. */
export class EarlyConnection {
  readonly #origin: string;
  #begun: OrderConnection | null = null;

  constructor(origin: string) {
    this.#origin = origin;
  }

  begin(): void {
    if (this.#begun) return;
    const begun = connectTo(this.#origin);
    this.#begun = begun;
    nextTurn(() => {
      if (this.#begun !== begun) return;
      this.#begun = null;
      begun.socket.destroy();
    });
  }

  /** A connection for one order: the early one while nothing was heard of it yet, else a new one. */
  take(): OrderConnection {
    const begun = this.#begun;
    this.#begun = null;
    if (begun?.socket.connecting) return begun;
    begun?.socket.destroy();
    return connectTo(this.#origin);
  }
}

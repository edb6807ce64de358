import type { IncomingMessage } from 'node:http';

const FORWARDED = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
  'cf-connecting-ip',
];

/**
 * True where a proxy or a tunnel says that it stands in between, whatever address the socket has. HTTP/1.0 says so too:
 * nginx asks with it unless it is told otherwise, by the name of this machine and without one of these headers, and no
 * program or page of today does.
 */
export function isForwarded({
  headers,
  httpVersion,
}: Pick<IncomingMessage, 'headers' | 'httpVersion'>): boolean {
  return httpVersion === '1.0' || FORWARDED.some((name) => headers[name] !== undefined);
}

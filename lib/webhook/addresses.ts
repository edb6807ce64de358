import { BlockList, isIP } from 'node:net';
import { inputError } from '../domain/errors.ts';

/** Where TradingView says its alerts come from. */
export const TRADINGVIEW_ADDRESSES = [
  '52.89.214.238',
  '34.212.75.30',
  '54.218.53.128',
  '52.32.178.7',
] as const;

export interface AddressList {
  has(address: string): boolean;
}

/** A list of addresses and networks such as `203.0.113.7, 2001:db8::/32`; throws E_INPUT naming what it cannot read. */
export function addressList(text: string): AddressList {
  const list = new BlockList();
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (parts.length === 0) throw inputError('sourceList', text, 'at least one address or network');
  for (const part of parts) {
    const [address = '', bits, ...more] = part.split('/');
    const kind = isIP(address);
    const most = kind === 4 ? 32 : 128;
    const size = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (kind === 0 || more.length > 0 || !(size <= most)) {
      throw inputError('sourceList', part, 'an address or a network such as 203.0.113.0/24 or 2001:db8::/32');
    }
    list.addSubnet(address, size, kind === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    has(address) {
      const plain = plainAddress(address);
      const kind = isIP(plain);
      return kind !== 0 && list.check(plain, kind === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/**
 * Who sent a request. Every proxy adds the address it was called from at the right of X-Forwarded-For; with so many
 * proxies of our own, that many entries from the right are to be believed, and what stands left of them is anybody's
 * text. Without such an entry it is the socket's address.
 */
export function callerAddress(
  socketAddress: string | undefined,
  forwarded: string | string[] | undefined,
  hops: number,
): string {
  const socket = plainAddress(socketAddress ?? '');
  if (hops < 1 || forwarded === undefined) return socket;
  const entries = String(forwarded).split(',');
  const entry = entries.at(-hops)?.trim();
  if (entry === undefined) return socket;
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? entry.replace(/^([\d.]+):\d+$/, '$1');
  const address = plainAddress(bare);
  return isIP(address) === 0 ? socket : address;
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

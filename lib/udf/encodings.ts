import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';

export type Encoding = 'zstd' | 'br' | 'gzip';

/** Below this it fits a packet or two as it is. */
const LEAST_BYTES = 1_400;
/** The quickest first. Their lowest levels make columns of numbers a quarter as long; higher ones cost ten times more. */
const COMPRESS: Record<Encoding, (body: Buffer) => Buffer> = {
  zstd: (body) => zstdCompressSync(body, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  br: (body) =>
    brotliCompressSync(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
  gzip: (body) => gzipSync(body, { level: 1 }),
};
const ENCODINGS = Object.keys(COMPRESS) as Encoding[];

const MOST_REMEMBERED = 100;
const chosen = new Map<string, Encoding | null>();

/** Which of ours a client takes, by its Accept-Encoding; null where it pays for neither side. */
export function encodingFor(accepted: string | undefined, length: number): Encoding | null {
  if (accepted === undefined || length < LEAST_BYTES) return null;
  const known = chosen.get(accepted);
  if (known !== undefined) return known;
  const found = choose(accepted);
  if (chosen.size >= MOST_REMEMBERED) chosen.clear();
  chosen.set(accepted, found);
  return found;
}

export function compress(body: Buffer, encoding: Encoding): Buffer {
  return COMPRESS[encoding](body);
}

function choose(accepted: string): Encoding | null {
  const weights = new Map<string, number>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const q = parameters.find((text) => text.startsWith('q='));
    weights.set(name, q === undefined ? 1 : Number(q.slice(2)) || 0);
  }
  return ENCODINGS.find((each) => (weights.get(each) ?? weights.get('*') ?? 0) > 0) ?? null;
}

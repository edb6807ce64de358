/**
 * Chance that can be repeated: everything random in the simulated market is drawn from a hash of names and
 * numbers, so that it is the same whenever and in whatever order it is asked for.
 */

/** A 32-bit hash of a text. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return finish(hash);
}

/** A 32-bit hash of whole numbers; their order matters. */
export function hash(a: number, b: number, c = 0, d = 0): number {
  return finish(mix(mix(mix(mix(0x9747b28c, a), b), c), d));
}

/** A number in [0, 1) from a hash. */
export function unit(value: number): number {
  return (value >>> 0) / 4_294_967_296;
}

/** A sequence of random numbers that begins at a hash. */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;
  #spare = Number.NaN;

  constructor(seed: number) {
    this.#a = finish(seed ^ 0x9e3779b9);
    this.#b = finish(seed + 0x7f4a7c15);
    this.#c = finish(Math.imul(seed, 0x85ebca6b) ^ 0x27d4eb2f);
    for (let i = 0; i < 4; i++) this.#next();
  }

  /** In [0, 1). */
  unit(): number {
    return this.#next() / 4_294_967_296;
  }

  /** Standard normal. */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log((this.#next() + 1) / 4_294_967_297));
    const angle = (2 * Math.PI * this.#next()) / 4_294_967_296;
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** sfc32: small, fast, and long enough for a day of prints. */
  #next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}

function mix(hash: number, value: number): number {
  let k = Math.imul(value, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

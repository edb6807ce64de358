/** Chance is injected like time: tests supply their own, so that a jittered wait is no surprise. */
export interface Chance {
  /** A number in [0, 1). */
  fraction(): number;
}

export const systemChance: Chance = { fraction: () => Math.random() };

const STOPPING = Symbol.for('@trader-ops/node-red-trader/stopping');

/** Whether the desk that `npm start` runs is on its way out: the nodes close for good, no deploy follows. */
export function isDeskStopping(): boolean {
  return Reflect.get(globalThis, STOPPING) === true;
}

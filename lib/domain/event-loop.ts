/**
 * Runs after everything that arrived in this turn of the event loop was heard: what is gathered until then can share
 * one synced commit. A place in the order of things and no time, so no clock tells it. What `run` throws ends the process.
 */
export function endOfTurn(run: () => void): void {
  setImmediate(run);
}

/** Runs in the turn after this one: behind everything that what happens now still brings about in this one. */
export function nextTurn(run: () => void): void {
  endOfTurn(() => endOfTurn(run));
}

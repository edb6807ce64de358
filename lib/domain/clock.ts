/**
 * The three times of the product. They are injected everywhere and never mixed:
 * market time for sessions, bars and day orders; elapsed time for timeouts, expiry and freshness;
 * wall time for the age of outside alerts and for log stamps.
 */

/** Whole epoch milliseconds, UTC. */
export type EpochMs = number;

/** Milliseconds on a clock that never jumps; meaningless outside this process. */
export type ElapsedMs = number;

export interface MarketTime {
  now(): EpochMs;
}

export interface WallTime {
  now(): EpochMs;
}

export interface Timer {
  cancel(): void;
}

export interface ElapsedTime {
  now(): ElapsedMs;
  after(ms: number, run: () => void): Timer;
  every(ms: number, run: () => void): Timer;
  /** Resolves after ms, rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Clock {
  market: MarketTime;
  elapsed: ElapsedTime;
  wall: WallTime;
}

export const systemWall: WallTime = { now: () => Date.now() };

export const systemElapsed: ElapsedTime = {
  now: () => performance.now(),
  after(ms, run) {
    const handle = setTimeout(run, ms);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(ms, run) {
    const handle = setInterval(run, ms);
    handle.unref();
    return { cancel: () => clearInterval(handle) };
  },
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(handle);
        reject(signal?.reason);
      };
      const handle = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

/** The same elapsed time, whose timers hand what they throw to `onError` instead of ending the process. */
export function guarded(elapsed: ElapsedTime, onError: (error: unknown) => void): ElapsedTime {
  const safe = (run: () => void) => () => {
    try {
      run();
    } catch (error) {
      onError(error);
    }
  };
  return {
    now: () => elapsed.now(),
    after: (ms, run) => elapsed.after(ms, safe(run)),
    every: (ms, run) => elapsed.every(ms, safe(run)),
    sleep: (ms, signal) => elapsed.sleep(ms, signal),
  };
}

/** ISO text of an instant in UTC with milliseconds, as Tradier writes dates. */
export function isoTime(at: EpochMs): string {
  return new Date(at).toISOString();
}

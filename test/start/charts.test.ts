import assert from 'node:assert/strict';
import { UdfReader } from '../udf/reader.ts';
import { cleanUp, DeskRun, eventually, temporaryDirectory } from './desk-run.ts';

describe('charts of a started desk', function () {
  this.timeout(90_000);
  let run: DeskRun;
  before(async () => {
    run = await DeskRun.start({ userDir: temporaryDirectory(), env: { SIM_SPEED: '60' } });
  });
  after(async () => {
    await run?.stop();
    await cleanUp();
  });

  const get = async (pathAndQuery: string) => (await fetch(`${run.ready.udf}${pathAndQuery}`)).text();

  it('are answered at once, page after page, and live', async () => {
    const reader = new UdfReader({ get, now: Date.now });
    await reader.open();
    const { ticker } = await reader.resolve('AAPL');
    for (const resolution of ['1', '5', '60', '1D'])
      assert.ok((await reader.page(ticker, resolution, { countback: 300 })).length > 100, resolution);
    const [first] = await reader.poll(ticker, '1', null);
    assert.ok(first);
    await eventually('a newer bar', async () => {
      const [newest] = (await reader.poll(ticker, '1', first)).slice(-1);
      return newest !== undefined && newest.time > first.time;
    });
  });

  it("take the wall's now for the market's", async () => {
    const reader = new UdfReader({ get, now: Date.now, askTime: false });
    await reader.open();
    const clock = (await (await fetch(`${run.ready.simulator}/_sim/clock`)).json()) as { now_ms: number };
    const to = Math.floor(Date.now() / 1000);
    const { bars } = await reader.history('AAPL', '1', { from: to - 600, to, countback: 3 });
    const late = clock.now_ms / 1000 - (bars.at(-1)?.time ?? 0);
    assert.ok(Math.abs(late) < 600, `the newest bar is ${late} s behind the market`);
  });
});

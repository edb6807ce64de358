/** Mocha's own list, then every skipped test with its reason, then the counts: to test.mjs by the channel. */
import Mocha from 'mocha';

const { Base, Spec } = Mocha.reporters;

/** A test that is skipped carries its reason in its title: `it.skip('reads … (skipped: no Chromium here)')`. */
const withReason = /skipped: \S/;

export default class Reporter extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.once('end', () => {
      const silent = skipped.filter((title) => !withReason.test(title));
      if (skipped.length > 0)
        Base.consoleLog(`  Skipped:\n${skipped.map((title) => `    ${title}`).join('\n')}\n`);
      const { passes = 0, failures = 0, pending = 0 } = this.stats;
      process.send?.({ passed: passes, failed: failures, skipped: pending, skippedSilently: silent.length });
    });
  }
}

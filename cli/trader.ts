#!/usr/bin/env node
/**
 * `trader`: the command line of the installed package. Thin: each verb is a module of its own, loaded when it is asked
 * for, so that a Node too old for any of them can still say so.
 */
import { readFileSync } from 'node:fs';
import { nodeTooOld } from './node-version.ts';

const EXIT_BAD_USE = 2;

interface Verb {
  name: string;
  about: string;
  run: (args: string[]) => Promise<void> | void;
}

const VERBS: readonly Verb[] = [
  {
    name: 'simulator',
    about: "a simulated market that speaks Tradier's API; `trader simulator --help` lists its options",
    run: async (args) => {
      const { runSimulatorCommand } = await import('../simulator/command.ts');
      await runSimulatorCommand(args, 'trader simulator');
    },
  },
  { name: 'version', about: 'the version of this package and of Node', run: () => say(versions()) },
  { name: 'help', about: 'this list', run: () => say(help()) },
];

async function main([word = 'help', ...args]: string[]): Promise<void> {
  const tooOld = nodeTooOld(process.versions.node);
  if (tooOld !== null) return refuse(tooOld, 1);
  const asked = { '--help': 'help', '-h': 'help', '--version': 'version', '-v': 'version' }[word] ?? word;
  const verb = VERBS.find(({ name }) => name === asked);
  if (verb === undefined) return refuse(`trader has no "${word}".\n\n${help()}`, EXIT_BAD_USE);
  await verb.run(args);
}

function help(): string {
  const width = Math.max(...VERBS.map(({ name }) => name.length));
  const lines = VERBS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`);
  return [
    'Usage: trader <verb> [options]',
    '',
    ...lines,
    '',
    'The desk itself runs in Node-RED: install this package there and import an example.',
  ].join('\n');
}

function versions(): string {
  return `${manifest().name} ${manifest().version} on Node ${process.versions.node}`;
}

/** The package's own package.json: one folder up in a checkout, two in dist. */
function manifest(): { name: string; version: string } {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
    } catch {
      // Looked for one folder further up.
    }
  }
  return { name: '@trader-ops/node-red-trader', version: 'of unknown version' };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function refuse(text: string, exitCode: number): void {
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}

await main(process.argv.slice(2));

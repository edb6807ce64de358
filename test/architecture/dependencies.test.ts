import assert from 'node:assert/strict';
import { filesBelow } from './repository.ts';
import { cycles, edgesOf, emptyName, lineCount, mostLines, rawClocks, wrongDirection } from './rules.ts';

const ours = filesBelow(['lib', 'nodes', 'simulator', 'dashboard', 'cli'], ['.ts', '.js', '.mjs', '.vue']);
const scripts = filesBelow(['scripts'], ['.mjs', '.ts']);

/** One assertion over all files, so that a failure lists everything at once. */
function none(problems: string[]): void {
  assert.equal(problems.length, 0, `\n  ${problems.join('\n  ')}`);
}

describe('architecture', () => {
  it('has something to look at', () => {
    assert.ok(ours.size > 10, `only ${ours.size} files found`);
  });

  it('imports in one direction: nodes, simulator, dashboard -> lib, domain below, account on top', () => {
    const problems = [];
    for (const [file, text] of ours) {
      for (const edge of edgesOf(file, text)) {
        const why = wrongDirection(edge);
        if (why !== null) problems.push(`${file} imports ${edge.to}: ${why}`);
      }
    }
    none(problems);
  });

  it('imports only files that are there, by their full name', () => {
    const problems = [];
    for (const [file, text] of ours) {
      for (const edge of edgesOf(file, text)) {
        if (edge.ours && edge.to.endsWith('.ts') && !ours.has(edge.to))
          problems.push(`${file} imports ${edge.to}, which is not there`);
      }
    }
    none(problems);
  });

  it('imports in no circle, not even for types', () => {
    none(cycles(ours).map((circle) => [...circle, circle[0]].join(' -> ')));
  });

  it('reads time and chance in lib/domain alone', () => {
    none([...ours].flatMap(([file, text]) => rawClocks(file, text).map((name) => `${file} uses ${name}`)));
  });

  it(`keeps files within ${mostLines} lines`, () => {
    const long = [...ours, ...scripts].filter(([, text]) => lineCount(text) > mostLines);
    none(long.map(([file, text]) => `${file} has ${lineCount(text)} lines`));
  });

  it('names files by what they hold', () => {
    none(
      [...ours.keys(), ...scripts.keys()]
        .filter(emptyName)
        .map((file) => `${file}: utils, helpers and managers hold anything`),
    );
  });
});

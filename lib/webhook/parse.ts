import { isRecord, JsonLimitError, type JsonRecord, safeCopy } from './json.ts';

export type Parsed = { kind: 'record'; record: JsonRecord } | Unreadable;

/** Never quotes the body: at this point nobody is authenticated and the text may hold the secret. */
export interface Unreadable {
  kind: 'unreadable';
  expected: string;
  message: string;
}

/** One way of writing an alert down. Each turns text into a record; what the record means is a dialect's matter. */
interface Syntax {
  readonly name: string;
  claims(text: string): boolean;
  read(text: string): Parsed;
}

const json: Syntax = { name: 'json', claims: () => true, read: readJson };

/** Tried in this order; JSON claims everything, so that the last word about unreadable text is about JSON. */
const SYNTAXES: readonly Syntax[] = [json];

const EXAMPLE = 'a JSON object such as {"action":"buy","ticker":"AAPL","contracts":100}';

/** Bytes of a body to a record without prototypes. The declared charset is ignored: it has to be UTF-8. */
export function parseBody(bytes: Uint8Array): Parsed {
  let text: string;
  try {
    // A byte order mark is dropped by the decoder.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return unreadable('The body is not valid UTF-8.', 'UTF-8 text');
  }
  if (text === '') return unreadable('The body is empty.');
  const syntax = SYNTAXES.find((candidate) => candidate.claims(text)) ?? json;
  return syntax.read(text);
}

function readJson(text: string): Parsed {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return unreadable(`The body is not valid JSON${position(error)}.${hint(text)}`);
  }
  try {
    const value = safeCopy(parsed);
    if (isRecord(value)) return { kind: 'record', record: value };
    return unreadable('The body is JSON, but not an object in braces.');
  } catch (error) {
    if (!(error instanceof JsonLimitError)) throw error;
    return unreadable('The JSON object is not accepted.', error.message);
  }
}

/** V8's message quotes the text around the fault; only its numbers are passed on. */
function position(error: unknown): string {
  const match = /line (\d+) column (\d+)/.exec(error instanceof Error ? error.message : '');
  return match ? ` at line ${match[1]}, column ${match[2]}` : '';
}

const HINTS: readonly [pattern: RegExp, words: string][] = [
  [/:\s*(?:NaN|na|Infinity|-Infinity)\s*[,}\]]/, 'A plot without a value renders as NaN: put it in quotes.'],
  [/:\s*[,}]/, 'A placeholder rendered as nothing: put it in quotes.'],
  [/[\u201c\u201d]/, 'It holds curly quotation marks: use straight ones.'],
  [/,\s*[}\]]/, 'There is a comma after the last value.'],
  [/^[^{[]/, 'It does not begin with a brace.'],
];

function hint(text: string): string {
  const found = HINTS.find(([pattern]) => pattern.test(text));
  return found ? ` ${found[1]}` : '';
}

function unreadable(message: string, expected = EXAMPLE): Unreadable {
  return { kind: 'unreadable', expected, message };
}

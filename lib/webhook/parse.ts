import type { Form } from './dialects/registry.ts';
import { isRecord, JsonLimitError, type JsonRecord, type JsonValue, safeCopy } from './json.ts';
import { LONGEST_TEXT, TEXT_FORMS, type TextForm } from './text-forms.ts';

export type Parsed = Readable | Unreadable;

export interface Readable {
  kind: 'record';
  form: Form;
  record: JsonRecord;
  /** The names at the top, as the sender wrote them. */
  names: ReadonlySet<string>;
}

/** Never quotes the body: at this point nobody is authenticated and the text may hold the secret. */
export interface Unreadable {
  kind: 'unreadable';
  expected: string;
  message: string;
}

const EXAMPLE =
  'a JSON object such as {"action":"buy","ticker":"AAPL","contracts":100}, or text such as buy 100 AAPL';

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
  if (/^[{["]/.test(text)) return readJson(text);
  const forms = text.length <= LONGEST_TEXT ? TEXT_FORMS.filter((form) => form.claims(text)) : [];
  const [form, other] = forms;
  if (form && other) {
    const named = forms.map(({ example }) => `"${example}"`).join(' and ');
    return unreadable(`The body can be read in more than one way: as ${named}.`, 'text of one form');
  }
  return form ? readText(form, text) : readJson(text);
}

function readText(form: TextForm, text: string): Parsed {
  const parts = form.read(text);
  if (typeof parts === 'string') {
    return unreadable(`The body looks like "${form.example}", but is not. ${parts}`, form.example);
  }
  return take(form.form, Object.fromEntries(parts));
}

function readJson(text: string): Parsed {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return unreadable(`The body is not valid JSON${position(error)}.${hint(text)}`);
  }
  return take('json', parsed);
}

function take(form: Form, parsed: unknown): Parsed {
  let value: JsonValue;
  try {
    value = safeCopy(parsed);
  } catch (error) {
    if (!(error instanceof JsonLimitError)) throw error;
    return unreadable('The alert is not accepted.', error.message);
  }
  if (!isRecord(value)) return unreadable('The body is JSON, but not an object in braces.');
  return { kind: 'record', form, record: value, names: new Set(Object.keys(value)) };
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

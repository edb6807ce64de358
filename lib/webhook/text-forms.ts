import type { Form } from './dialects/registry.ts';

/**
 * The ways of writing an alert as text. Each decides by the text's form alone whether it is its own, and takes it apart
 * into names and values; what they mean is a dialect's matter. A text that two of them claim is nobody's.
 */
export interface TextForm {
  readonly form: Exclude<Form, 'json'>;
  /** What it looks like, for a person. */
  readonly example: string;
  claims(text: string): boolean;
  /** The parts, or a sentence that says what is wrong without quoting the text: it may hold the secret. */
  read(text: string): [string, string][] | string;
}

/** Longer ones are not alerts, and no pattern below has to be tried on them. */
export const LONGEST_TEXT = 8_192;

const PAIR = /^[A-Za-z][\w.-]{0,63}\s*=/;

const pairs: TextForm = {
  form: 'pairs',
  example: 'action=buy symbol=AAPL quantity=10',
  claims: (text) => splitPairs(text).every((part) => PAIR.test(part)),
  read: (text) => readPairs(splitPairs(text)),
};

/** Lines, or parts between `;` or `,`, or words. A line of several pairs is several; one with blanks is one. */
function splitPairs(text: string): string[] {
  const separator = /[\n;]/.test(text) ? /[\n;]/ : /,/.test(text) ? /,/ : /\s+/;
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const inside = part.split(/\s+/);
      return inside.length > 1 && inside.every((one) => PAIR.test(one)) ? inside : [part];
    });
}

function readPairs(parts: readonly string[]): [string, string][] | string {
  const read: [string, string][] = [];
  const seen = new Set<string>();
  for (const part of parts) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim().toLowerCase();
    if (at < 1 || name === '') return 'A part of the text is not key=value.';
    if (seen.has(name)) return 'A key is given twice.';
    seen.add(name);
    read.push([
      name,
      part
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1'),
    ]);
  }
  return read;
}

/** An id of letters and digits, a command of letters, a symbol; then pairs. */
const pineconnector: TextForm = {
  form: 'pineconnector',
  example: 'LICENSE,buy,AAPL,sl_price=140',
  claims: (text) => /^[\w-]{1,200}\s*,\s*[A-Za-z]{2,20}\s*,\s*[^,=\s]{1,40}[^\S\n]*(?:[,\n]|$)/.test(text),
  read(text) {
    if (text.includes('\n')) return 'It is several commands; send one alert for each.';
    const [license = '', command = '', symbol = '', ...rest] = text.split(',').map((part) => part.trim());
    const more = rest.filter((part) => part !== '');
    if (!more.every((part) => PAIR.test(part))) return 'After the symbol come key=value parts.';
    return withPairs(
      [
        ['license', license],
        ['command', command],
        ['symbol', symbol],
      ],
      more,
    );
  },
};

const alertatron: TextForm = {
  form: 'alertatron',
  example: 'Desk(AAPL) { market(side=buy, amount=10); }',
  claims: (text) => /^[\w-]{1,200}\s*\([^(){}]{1,40}\)\s*\{/.test(text),
  read(text) {
    const match = /^([\w-]{1,200})\s*\(([^(){}]{1,40})\)\s*\{([^{}]*)\}([^{}]*)$/.exec(text);
    if (!match) return 'It is not one block of commands in braces.';
    const [, name = '', symbol = '', block = '', after = ''] = match;
    if (!/^\s*(?:#[\w-]+\s*)*$/.test(after)) return 'After the closing brace comes nothing but a #tag.';
    const commands = block
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const [only] = commands;
    if (only === undefined || commands.length > 1)
      return 'It holds not exactly one command; send one alert for each.';
    const command = /^([A-Za-z]{1,40})\s*\(([^()]*)\)$/.exec(only);
    if (!command) return 'The command is not written as name(key=value, …).';
    const inside = (command[2] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    if (!inside.every((part) => PAIR.test(part))) return 'In the brackets of a command come key=value parts.';
    return withPairs(
      [
        ['key_name', name],
        ['symbol', symbol.trim()],
        ['command', command[1] ?? ''],
      ],
      inside,
    );
  },
};

function withPairs(first: [string, string][], parts: readonly string[]): [string, string][] | string {
  const more = readPairs(parts);
  if (typeof more === 'string') return more;
  const taken = new Set(first.map(([name]) => name));
  return more.some(([name]) => taken.has(name)) ? 'A key is given twice.' : [...first, ...more];
}

const ACTIONS: readonly [words: RegExp, action: string][] = [
  [/^sell short\b/i, 'short'],
  [/^buy to cover\b/i, 'cover'],
  [/^(?:buy|long)\b/i, 'buy'],
  [/^sell\b/i, 'sell'],
  [/^short\b/i, 'short'],
  [/^cover\b/i, 'cover'],
  [/^(?:close|exit|flat|flatten)\b/i, 'close'],
];
const SIZE = /^\$?\d[\d.]*%?$/;
const SYMBOL = /^(?:[A-Za-z0-9_]{1,20}:)?[A-Za-z][A-Za-z0-9]{0,11}(?:[./-][A-Za-z0-9]{1,4})?$/;
const ORDER =
  /^(?:(?:at )?(market)|(?:at )?(limit|stop) \$?(\d[\d.]*))?(?: (limit) \$?(\d[\d.]*))?(?: ?(day|gtc))?$/i;

/** `buy 10 AAPL`, `sell AAPL`, `buy 10 shares of AAPL limit 150.25 gtc`; then pairs such as `secret=…`. */
const words: TextForm = {
  form: 'words',
  example: 'buy 10 AAPL',
  claims: (text) => ACTIONS.some(([pattern]) => pattern.test(text)) && !/^\w+\s*[=,(]/.test(text),
  read(text) {
    const all = text.split(/\s+/);
    const from = all.findIndex((word) => PAIR.test(word));
    const tail = from < 0 ? [] : all.slice(from);
    if (!tail.every((word) => PAIR.test(word))) return 'After the first key=value come only others.';
    const sentence = (from < 0 ? all : all.slice(0, from)).join(' ');
    const read = readSentence(sentence);
    return typeof read === 'string' ? read : withPairs(read, tail);
  },
};

function readSentence(sentence: string): [string, string][] | string {
  const found = ACTIONS.find(([pattern]) => pattern.test(sentence));
  if (!found) return 'It does not begin with an action.';
  const rest = sentence.replace(found[0], '').trim().split(' ');
  const read: [string, string][] = [['action', found[1]]];
  let size = SIZE.test(rest[0] ?? '') ? rest.shift() : undefined;
  if (size !== undefined) {
    if (/^shares?$/i.test(rest[0] ?? '') && rest.length > 1) rest.shift();
    if (/^of$/i.test(rest[0] ?? '') && rest.length > 1) rest.shift();
  }
  const symbol = rest.shift() ?? '';
  if (!SYMBOL.test(symbol)) return 'Where the symbol is expected stands something else.';
  if (SIZE.test(rest[0] ?? '')) {
    if (size !== undefined) return 'It holds two quantities.';
    size = rest.shift();
    if (/^shares?$/i.test(rest[0] ?? '')) rest.shift();
  }
  read.push(['symbol', symbol]);
  if (size?.startsWith('$')) read.push(['quantity', size.slice(1)], ['quantity_type', 'cash']);
  else if (size !== undefined) read.push(['quantity', size]);
  const order = ORDER.exec(rest.join(' '));
  if (!order)
    return 'After the symbol come words that mean nothing here; an order is "limit 150.25" or "market".';
  return [...read, ...orderParts(order)];
}

function orderParts(order: RegExpExecArray): [string, string][] {
  const [, market, priced, price = '', limitToo, limit = '', duration] = order;
  const parts: [string, string][] = [];
  if (market) parts.push(['order_type', 'market']);
  if (priced) {
    const kind = priced.toLowerCase();
    parts.push(['order_type', limitToo ? `${kind}_limit` : kind], [`${kind}_price`, price]);
  } else if (limitToo) parts.push(['order_type', 'limit']);
  if (limitToo) parts.push(['limit_price', limit]);
  if (duration) parts.push(['duration', duration.toLowerCase()]);
  return parts.filter(([name], at) => parts.findIndex(([other]) => other === name) === at);
}

export const TEXT_FORMS: readonly TextForm[] = [alertatron, pineconnector, pairs, words];

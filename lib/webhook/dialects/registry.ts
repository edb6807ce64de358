import { inputError } from '../../domain/errors.ts';
import type { Dialect } from './dialect.ts';
import { openalgo } from './openalgo.ts';
import { signalstack } from './signalstack.ts';
import { threeCommas, threeCommasDeal } from './three-commas.ts';
import { traderspost } from './traderspost.ts';
import { tradingview } from './tradingview.ts';
import { alertatron, pairs, pineconnector, words } from './written-lines.ts';

/** How an alert is written down; text forms are one dialect each, JSON is told apart by its names. */
export type Form = 'json' | 'pairs' | 'words' | 'pineconnector' | 'alertatron';

const OF_FORM: Readonly<Record<Exclude<Form, 'json'>, Dialect>> = { pairs, words, pineconnector, alertatron };
const OF_JSON: readonly Dialect[] = [traderspost, threeCommas, threeCommasDeal, openalgo, signalstack];

/**
 * The one dialect an alert is written in; what no dialect has for itself is TradingView's. An alert that is two at
 * once is refused: their words mean different things.
 */
export function dialectOf(form: Form, names: ReadonlySet<string>): Dialect {
  if (form !== 'json') return OF_FORM[form];
  const found = OF_JSON.filter((dialect) => dialect.recognises(names));
  if (found.length < 2) return found[0] ?? tradingview;
  const told = found.map(({ name, marks }) => {
    const own = marks.filter((mark) => names.has(mark)).join(', ');
    return own === '' ? name : `${name} (${own})`;
  });
  throw inputError('body', told.join(' and '), 'an alert in one dialect, not in several at once');
}

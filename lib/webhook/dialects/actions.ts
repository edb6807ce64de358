import { inputError } from '../../domain/errors.ts';
import type { Action } from '../../domain/signal.ts';
import type { Field } from '../fields.ts';

/** The words people use for an action. `exit_long` and `exit` leave a position whole; `sell` reduces it. */
const WORDS: Readonly<Record<Action, readonly string[]>> = {
  buy: ['buy', 'long', 'bull', 'bullish', 'enter_long'],
  sell: ['sell'],
  short: ['short', 'enter_short', 'sell_short'],
  cover: ['cover', 'buy_to_cover', 'exit_short'],
  close: ['close', 'exit', 'flat', 'exit_long'],
  target: ['target'],
};

const ACTIONS: ReadonlyMap<string, Action> = new Map(
  (Object.entries(WORDS) as [Action, readonly string[]][]).flatMap(([action, words]) =>
    words.map((word): [string, Action] => [letters(word), action]),
  ),
);

export const EXPECTED_ACTION = `one of ${Object.values(WORDS).flat().join(', ')}`;

/** `enter_long`, `Enter Long` and `enterLong` are one word. */
export function readAction(field: Field): Action {
  const action = typeof field.value === 'string' ? ACTIONS.get(letters(field.value)) : undefined;
  if (!action) throw inputError(field.name, field.value, EXPECTED_ACTION);
  return action;
}

function letters(word: string): string {
  return word.trim().toLowerCase().replace(/[ _-]/g, '');
}

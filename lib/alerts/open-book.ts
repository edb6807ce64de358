import { messageOf } from '../domain/errors.ts';
import { AlertBook } from './alert-book.ts';
import { AlertStore } from './store.ts';
import type { AlertMarket } from './watch.ts';

/**
 * The alerts kept in a file. Where that cannot be used, those of nodes are looked at all the same, until the end of the
 * process, and no other is taken: the log and the book's `problem` say so.
 */
export function openAlertBook(path: string, market: AlertMarket): AlertBook {
  let store: AlertStore | null = null;
  try {
    store = new AlertStore(path, market.log);
    return new AlertBook(store, market);
  } catch (error) {
    store?.close();
    const problem = messageOf(error);
    market.log('error', `${problem}; alerts of nodes are kept in memory for now, no others are taken`);
    return new AlertBook(new AlertStore(':memory:', market.log), market, problem);
  }
}

import type { BrokerOrder } from '../port.ts';
import { ReadError } from './failures.ts';

const PAGE_SIZE = 500;
const MAX_PAGES = 100;

/** Rows of one page, numbered from 1: one array of flattened rows per order. */
export type ReadPage = (page: number, limit: number) => Promise<BrokerOrder[][]>;

/**
 * The broker's whole list: pages until an empty one. An incomplete list proves nothing about an order that is not in
 * it, so every doubt fails the read: a page that fails, that repeats ids of an earlier one, or that never ends.
 */
export async function readOrderPages(readPage: ReadPage): Promise<BrokerOrder[]> {
  // An order placed while we read moves the rows of the next page; one fresh start is then enough.
  const rows = (await tryPages(readPage)) ?? (await tryPages(readPage));
  if (rows === null)
    throw new ReadError('E_BROKER', "The broker's order list repeated itself while it was read.", 200);
  return rows;
}

/** null when a page repeated an id. */
async function tryPages(readPage: ReadPage): Promise<BrokerOrder[] | null> {
  const rows: BrokerOrder[] = [];
  const seen = new Set<number>();
  let previous: number[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const orders = await readPage(page, PAGE_SIZE);
    if (orders.length === 0) return rows;
    const ids = orders.map((order) => order[0]?.id ?? 0);
    if (page > 1 && previous.length < PAGE_SIZE && sameIds(ids, previous)) {
      // A server that ignores `page` answers everything each time; less than a full page shows it was everything.
      return rows;
    }
    for (const row of orders.flat()) {
      if (seen.has(row.id)) return null;
      seen.add(row.id);
      rows.push(row);
    }
    previous = ids;
  }
  throw new ReadError('E_BROKER', `The broker's order list did not end after ${MAX_PAGES} pages.`, 200);
}

function sameIds(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

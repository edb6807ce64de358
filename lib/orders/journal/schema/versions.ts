import { BRACKETS_AND_BOOKS } from './brackets-and-books.ts';
import { ORDER_RECORD } from './order-record.ts';

/** What leads from each version of the journal to the next, from an empty file on. A released one is never edited. */
export const VERSIONS: readonly string[] = [ORDER_RECORD, BRACKETS_AND_BOOKS];

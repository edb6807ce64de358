/** New York dates and times as Tradier writes them, without any zone. Only this file knows the offset. */

const NEW_YORK = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** `YYYY-MM-DD HH:MM` in New York, as timesales wants its window. */
export function newYorkMinute(at: number): string {
  const part = partsOf(at);
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}`;
}

/** Epoch ms of 09:30 in New York on a `YYYY-MM-DD`: where a daily bar begins. */
export function sessionOpen(date: string): number {
  const local = Date.parse(`${date}T09:30:00Z`);
  // At 09:30 the offset of the day is settled: clocks change at 02:00.
  const part = partsOf(local + 5 * 3_600_000);
  const shown = Date.parse(
    `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`,
  );
  return local + (local + 5 * 3_600_000 - shown);
}

function partsOf(at: number) {
  const part: Record<string, string> = {};
  for (const { type, value } of NEW_YORK.formatToParts(at)) part[type] = value;
  return part as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>;
}

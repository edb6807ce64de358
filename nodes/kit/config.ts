import { inputError } from '../../lib/domain/errors.ts';

/** A node's settings as the editor stored them: numbers may be text, missing fields may be absent. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** Turns the settings of version `to - 1` into those of version `to`. */
export interface Migration {
  to: number;
  up: (config: RawConfig) => RawConfig;
}

/** Brings stored settings to the newest version. A node from before versions counts as version 1. */
export function migrate(config: RawConfig, migrations: readonly Migration[]): RawConfig {
  const newest = migrations.reduce((highest, { to }) => Math.max(highest, to), 1);
  let version = Number(config.version ?? 1);
  if (!Number.isInteger(version) || version < 1 || version > newest) {
    throw inputError('version', config.version, `a version up to ${newest}; update node-red-trader`);
  }
  let current = config;
  for (const { to, up } of [...migrations].sort((a, b) => a.to - b.to)) {
    if (to <= version) continue;
    current = { ...up(current), version: to };
    version = to;
  }
  return current;
}

/** Text without surrounding blanks; `fallback` when empty. */
export function text(config: RawConfig, field: string, fallback = ''): string {
  const value = config[field];
  if (value === undefined || value === null || value === '') return fallback;
  if (typeof value !== 'string') throw inputError(field, value, 'text');
  return value.trim() || fallback;
}

/** A number within bounds; `fallback` when the field is empty. */
export function number(
  config: RawConfig,
  field: string,
  fallback: number,
  bounds: { min: number; max: number; whole?: boolean },
): number {
  const value = optionalNumber(config, field) ?? fallback;
  const { min, max, whole = false } = bounds;
  if (value < min || value > max || (whole && !Number.isInteger(value))) {
    throw inputError(field, value, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
  }
  return value;
}

/** A number, or undefined when the field is empty. */
export function optionalNumber(config: RawConfig, field: string): number | undefined {
  const value = config[field];
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) {
    return undefined;
  }
  const read = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
  if (!Number.isFinite(read)) throw inputError(field, value, 'a number');
  return read;
}

/** One of a few words; `fallback` when empty. */
export function choice<T extends string>(
  config: RawConfig,
  field: string,
  choices: readonly T[],
  fallback: T,
): T {
  const value = config[field];
  if (value === undefined || value === null || value === '') return fallback;
  const found = choices.find((word) => word === value);
  if (found === undefined) throw inputError(field, value, `one of ${choices.join(', ')}`);
  return found;
}

export function flag(config: RawConfig, field: string, fallback: boolean): boolean {
  const value = config[field];
  if (value === undefined || value === null || value === '') return fallback;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw inputError(field, value, 'true or false');
}

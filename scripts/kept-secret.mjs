/** Secrets that are made once and kept in the user directory, readable by their owner alone. */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The kept secret of this name, made on first use: 32 random bytes as 43 characters of base64url. */
export function keptSecret(userDir, name) {
  mkdirSync(userDir, { recursive: true });
  const file = path.join(userDir, name);
  const kept = readSecret(file);
  if (kept !== undefined) return kept;
  // Written aside and linked into place, so that two first starts agree on one secret and no half file is ever read.
  const aside = `${file}.${process.pid}.new`;
  const made = randomBytes(32).toString('base64url');
  writeFileSync(aside, `${made}\n`, { mode: 0o600 });
  try {
    linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (readSecret(file) === undefined) writeFileSync(file, `${made}\n`, { mode: 0o600 });
  } finally {
    rmSync(aside, { force: true });
  }
  return readSecret(file) ?? made;
}

/** Puts this secret into the file, for programs that are told the path instead of the secret. */
export function keepSecret(userDir, name, secret) {
  const file = path.join(userDir, name);
  if (readSecret(file) !== secret) writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return file;
}

function readSecret(file) {
  try {
    const text = readFileSync(file, 'utf8').trim();
    chmodSync(file, 0o600);
    return text === '' ? undefined : text;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The repository's own files, as the rules want them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

export function read(...parts: string[]): string {
  return readFileSync(path.join(root, ...parts), 'utf8');
}

export function has(...parts: string[]): boolean {
  return existsSync(path.join(root, ...parts));
}

/** Files below these folders with these endings, by their path in the repository. */
export function filesBelow(folders: string[], endings: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of folders.filter((name) => has(name))) {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })) {
      const file = path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/');
      if (
        !entry.isFile() ||
        file.includes('node_modules/') ||
        !endings.some((ending) => file.endsWith(ending))
      )
        continue;
      found.set(file, read(file));
    }
  }
  return found;
}

export function foldersIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

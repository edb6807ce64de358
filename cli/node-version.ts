/** The oldest Node this package runs on: undici 8 and node:sqlite want it. */
export const OLDEST_NODE = '22.19';

/** What to tell a person whose Node is too old, or null when it is new enough. `version` is without the v. */
export function nodeTooOld(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return null;
  return (
    `trader needs Node ${OLDEST_NODE} or newer, and this is Node ${version}. ` +
    'Install Node 24 from https://nodejs.org (or: nvm install 24) and run it again.'
  );
}

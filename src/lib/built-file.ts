import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** What set-up builds of `name`: where the environment variable says (a package may keep it elsewhere), or in build/. */
export function builtFile(name: string, environmentVariable: string): string {
  const chosen = process.env[environmentVariable];
  if (chosen !== undefined && chosen !== '') return chosen;
  return join(packageRoot('lagpipe', import.meta.url) ?? process.cwd(), 'build', name);
}

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder of the package called `name` that `moduleUrl` (an `import.meta.url`) belongs to, or `undefined`. It
 * walks up to the package.json, so it holds for `src/lib/x.ts` as for one bundled `dist/main.js`.
 */
export function packageRoot(name: string, moduleUrl: string): string | undefined {
  let folder = dirname(fileURLToPath(moduleUrl));
  for (;;) {
    if (packageName(join(folder, 'package.json')) === name) return folder;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

function packageName(path: string): unknown {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}

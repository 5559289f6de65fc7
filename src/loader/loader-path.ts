import { accessSync, constants } from 'node:fs';
import { builtFile } from '../lib/built-file.ts';
import { installHint } from '../lib/install-hint.ts';
import type { Explanation } from './denial.ts';

/** What `npm run setup` builds the loader with, as scripts/lib/system-packages.mjs lists it (a test compares them). */
export const BUILD_PACKAGES = {
  apt: 'make clang llvm pkg-config libc6-dev linux-libc-dev libbpf-dev libelf-dev zlib1g-dev libjansson-dev libpcap-dev'.split(
    ' ',
  ),
  dnf: 'make clang llvm pkgconf-pkg-config glibc-devel kernel-headers libbpf-devel elfutils-libelf-devel zlib-devel jansson-devel libpcap-devel'.split(
    ' ',
  ),
  apk: 'make clang llvm pkgconf musl-dev linux-headers libbpf-dev elfutils-dev zlib-dev jansson-dev libpcap-dev'.split(
    ' ',
  ),
};

/** `LAGPIPE_LOADER` where it is set (a package may keep the loader elsewhere), `build/lagpipe-loader` otherwise. */
export function loaderPath(): string {
  return builtFile('lagpipe-loader', 'LAGPIPE_LOADER');
}

/** Why the loader at `path` cannot even be started, or `undefined` when it can. */
export function explainUnusable(path: string): Explanation | undefined {
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES') {
      return {
        detail: `the loader ${path} may not be executed by this user`,
        remedy:
          '`ls -l` shows which group may, `sudo npx lagpipe grant --group NAME` changes it; `npm run setup` as this user builds one of its own',
      };
    }
    return {
      detail: `the loader ${path} is not built, and without it nothing is measured in the kernel`,
      remedy: `\`npm run setup\` builds it; what it needs comes from ${installHint(BUILD_PACKAGES)}`,
    };
  }
}

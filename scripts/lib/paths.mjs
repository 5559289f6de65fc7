import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const BUILD = join(ROOT, 'build');
export const NODE_MODULES = join(ROOT, 'node_modules');
export const LOADER = join(BUILD, 'lagpipe-loader');
export const BUNDLE = join(ROOT, 'dist/main.js');

// `node scripts/node.mjs FILE [ARGUMENT…]`: runs a TypeScript file on the Node that the npm packages bring.
import { spawnSync } from 'node:child_process';
import { orExit, setUpNode } from './lib/set-up-command.mjs';

const node = await orExit(setUpNode);
const { status } = spawnSync(node, process.argv.slice(2), { stdio: 'inherit' });
process.exit(status ?? 1);

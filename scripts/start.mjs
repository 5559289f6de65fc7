#!/usr/bin/env node
// `npm start`: sets up what is missing, then measures this host. Runs on any Node from 18 up.
import { join } from 'node:path';
import { ROOT } from './lib/paths.mjs';
import { runAgent } from './lib/run-agent.mjs';
import { setUp } from './lib/set-up.mjs';
import { orExit } from './lib/set-up-command.mjs';

const node = await orExit(setUp);
await runAgent(node, ['run', join(ROOT, 'pipelines/default.yaml'), ...process.argv.slice(2)]);

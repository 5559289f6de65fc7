#!/usr/bin/env node
// `npx lagpipe`: the agent on the Node that it is made for. Runs on any Node from 18 up.
import { runAgent } from './lib/run-agent.mjs';
import { orExit, setUpCommand } from './lib/set-up-command.mjs';

const node = await orExit(setUpCommand);
await runAgent(node, process.argv.slice(2));

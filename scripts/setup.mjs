#!/usr/bin/env node
// `npm run setup`: makes this clone ready to run. Runs on any Node from 18 up.
import { setUp } from './lib/set-up.mjs';
import { orExit } from './lib/set-up-command.mjs';

await orExit(() => setUp({ forTests: process.argv.includes('--test') }));

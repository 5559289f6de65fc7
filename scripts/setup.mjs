#!/usr/bin/env node
// `npm run setup`: makes this clone ready to run. Runs on any Node from 18 up.
import { orExit, setUp } from './lib/set-up.mjs';

await orExit(() => setUp({ forTests: process.argv.includes('--test') }));

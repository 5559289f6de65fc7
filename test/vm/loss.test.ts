import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { Demonstration } from '../kernel/lib/demonstration.ts';
import { VethPair } from '../kernel/lib/veth-pair.ts';
import { whyNoMachineTests } from './lib/machine.ts';

const skip = whyNoMachineTests() ?? false;

/** By then the probes see new connections, and so the responses on them, on an emulated processor too. */
const START_MILLIS = 12_000;

describe('lagpipe doctor, on a network that loses packets', { skip }, () => {
  it('finds the loss, by requests that wait for a timer or else by what is sent again', async () => {
    const pair = new VethPair();
    await using demonstration = new Demonstration({ pair, lookSeconds: 30 });
    pair.impair('loss', '2%');
    await demonstration.serve(0, 'keep');
    const { findings } = await demonstration.doctor(async () => {
      await after(START_MILLIS);
      // Few at a time: even here nearly all are answered long before a timer of 200 ms.
      await demonstration.load(4, 50, 'keep');
    });
    // What else it finds here is true as well: an emulated processor reads late. Where it is so slow that the requests
    // that waited for the timer do not stand out (N2), the segments that were sent again still do (N3).
    const rules = findings.map(({ rule }) => rule);
    assert.ok(rules.includes('N2') || rules.includes('N3'), `found: ${rules.join(', ') || 'nothing'}`);
  });
});

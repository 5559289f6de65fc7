import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { Demonstration } from '../kernel/lib/demonstration.ts';
import { VethPair } from '../kernel/lib/veth-pair.ts';
import { whyNoMachineTests } from './lib/machine.ts';

const skip = whyNoMachineTests() ?? false;

/** Of the rules that speak of lost packets. What else is found is true as well: an emulated processor reads late. */
const LOSS_RULES = ['N1', 'N2', 'N3'];

const CLIENTS = 4;

function openConnections({ sender }: VethPair): number {
  return sender.execute('ss', '-Htn', 'state', 'established').split('\n').filter(Boolean).length;
}

describe('lagpipe doctor, on a network that loses packets', { skip }, () => {
  it('finds that requests wait for a timer, by counting on connections older than itself', async () => {
    const pair = new VethPair();
    await using demonstration = new Demonstration({ pair, lookSeconds: 30 });
    await demonstration.serve(0, 'keep');
    // A request is one segment, and none follows that could tell of its loss: only a timer can.
    await demonstration.load(CLIENTS, 50, 'keep');
    while (openConnections(pair) < CLIENTS) await after(100);
    pair.impair('loss', '10%');
    const { findings } = await demonstration.doctor();
    const found = findings.filter(({ rule }) => LOSS_RULES.includes(rule));
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['N2'],
    );
    const [counted] = found[0].evidence;
    assert.equal(counted.name, 'segments sent again only after a timer');
  });
});

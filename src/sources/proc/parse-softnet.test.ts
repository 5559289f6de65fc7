import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSoftnet } from './parse-softnet.ts';
import { bytesOf, captured, trap } from './testdata/captured-files.ts';

describe('parseSoftnet', () => {
  it('reads a real file of 15 columns', () => {
    const queues = { backlog: 0, inputQueue: 0, processQueue: 0 };
    const none = { dropped: 0, timeSqueezed: 0, receivedRps: 0, flowLimit: 0, ...queues };
    assert.deepEqual(parseSoftnet(bytesOf(captured('t1', 'net/softnet_stat'))), {
      rows: [
        { row: 0, cpu: 0, processed: 0x22, ...none },
        { row: 1, cpu: 1, processed: 0x4975, ...none },
      ],
      malformed: 0,
    });
  });

  const counted = { row: 0, processed: 10, dropped: 1, timeSqueezed: 2 };
  const noQueues = { backlog: undefined, inputQueue: undefined, processQueue: undefined };
  const absent = { cpu: undefined, receivedRps: undefined, flowLimit: undefined, ...noQueues };
  for (const [file, expected] of [
    ['softnet_stat.9-columns', { ...counted, ...absent }],
    ['softnet_stat.10-columns', { ...counted, ...absent, receivedRps: 3 }],
    ['softnet_stat.11-columns', { ...counted, ...absent, receivedRps: 3, flowLimit: 4 }],
    [
      'softnet_stat.15-columns',
      { ...counted, cpu: 0, receivedRps: 3, flowLimit: 4, backlog: 7, inputQueue: 5, processQueue: 2 },
    ],
  ] as const) {
    it(`takes from the width what is there: ${file}`, () => {
      assert.deepEqual(parseSoftnet(bytesOf(trap(`net/${file}`))), { rows: [expected], malformed: 0 });
    });
  }

  it('names the CPU of a row, not its position, when a CPU is offline', () => {
    const { rows } = parseSoftnet(bytesOf(trap('net/softnet_stat.13-columns-cpu-1-offline')));
    assert.deepEqual(
      rows.map(({ row, cpu, processed }) => [row, cpu, processed]),
      [
        [0, 0, 10],
        [1, 2, 11],
      ],
    );
  });

  it('counts rows that are too short or not hexadecimal', () => {
    const text = `0000000a 00000001\nnot hex\n${trap('net/softnet_stat.9-columns')}`;
    const { rows, malformed } = parseSoftnet(bytesOf(text));
    assert.equal(malformed, 2);
    assert.deepEqual(
      rows.map(({ row }) => row),
      [2],
    );
  });
});

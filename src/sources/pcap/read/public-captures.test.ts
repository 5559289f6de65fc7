import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../lib/package-root.ts';
import { readAllWith } from '../testdata/read-all.ts';

const FOLDER = join(packageRoot('lagpipe', import.meta.url) ?? '', 'test/fixtures/pcap/public');

/** What tshark 4.0 says of each: TCP segments, their payload together, times of the first and the last in seconds. */
const CAPTURES = [
  ['http-vlan.pcap', 14, 5143, '1362692526.869344000', '1362692527.080972000'],
  ['http-qinq.pcap', 14, 5143, '1362692526.869344000', '1362692527.080972000'],
  ['nflog-http.pcap', 13, 1682, '1470574779.148133000', '1470574780.138288000'],
  ['vxlan-http.pcap', 12, 9299, '1630165473.690298000', '1630165474.317388000'],
  ['handshake-reorder.pcap', 14, 5143, '1362692526.939084000', '1362692527.080972000'],
  ['tcp-fast-open.pcap', 16, 1658, '1402321033.739117000', '1402321033.751730000'],
  ['websocket-ping.pcap', 19, 381, '1394016340.965052000', '1394016342.845811000'],
  ['http-gap.pcap', 31, 538, '1594625943.020925000', '1594625943.025156000'],
] as const;

function read(name: string) {
  return readAllWith({ tunnels: ['vxlan'], vxlan_ports: [4789] }, readFileSync(join(FOLDER, name)));
}

describe('captures that others published give the same as in tshark', () => {
  for (const [name, segmentCount, payloadBytes, first, last] of CAPTURES) {
    it(name, () => {
      const { segments, problems, counts, baseSeconds } = read(name);
      assert.deepEqual(problems, []);
      assert.deepEqual(counts.allPassedOver(), {});
      assert.equal(segments.length, segmentCount);
      assert.equal(
        segments.reduce((sum, { payload }) => sum + payload.length, 0),
        payloadBytes,
      );
      const times = segments.map(({ nanos }) => BigInt(baseSeconds) * 1_000_000_000n + BigInt(nanos));
      const seconds = (nanos: bigint) => `${nanos}`.replace(/(\d{9})$/, '.$1');
      assert.deepEqual([seconds(times[0]), seconds(times[times.length - 1])], [first, last]);
    });
  }

  it('multi-interface.pcapng', () => {
    const { counts, problems } = read('multi-interface.pcapng');
    assert.deepEqual([problems, counts.allPassedOver()], [[], { not_tcp: 6 }]);
  });
});

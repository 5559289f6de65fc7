import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { netstatParser, type ParsedNetstat } from './parse-netstat.ts';
import { bytesOf, captured, trap } from './testdata/captured-files.ts';

function figureOf({ tables }: ParsedNetstat, protocol: string, name: string): number | undefined {
  const table = tables.find(({ head }) => head.protocol === protocol);
  return table?.values[table.head.names.indexOf(name)];
}

describe('parseNetstat', () => {
  it('reads a real net/netstat with its three pairs', () => {
    const parsed = netstatParser()(bytesOf(captured('t1', 'net/netstat')));
    assert.deepEqual(
      parsed.tables.map(({ head }) => [head.protocol, head.names.length]),
      [
        ['TcpExt', 135],
        ['IpExt', 18],
        ['MPTcpExt', 76],
      ],
    );
    assert.equal(parsed.malformed, 0);
    assert.equal(figureOf(parsed, 'TcpExt', 'ListenOverflows'), 30);
    assert.equal(figureOf(parsed, 'TcpExt', 'TCPSynRetrans'), 15);
    assert.equal(figureOf(parsed, 'IpExt', 'InOctets'), 290_423_147);
  });

  it('reads a real net/snmp with a negative value', () => {
    const parsed = netstatParser()(bytesOf(captured('t1', 'net/snmp')));
    assert.equal(parsed.malformed, 0);
    assert.equal(figureOf(parsed, 'Tcp', 'MaxConn'), -1);
    assert.equal(figureOf(parsed, 'Udp', 'RcvbufErrors'), 47);
    assert.equal(figureOf(parsed, 'IcmpMsg', 'OutType3'), 7);
  });

  it('knows values by name, wherever the column is', () => {
    const parsed = netstatParser()(bytesOf(trap('net/snmp.columns-moved')));
    assert.equal(figureOf(parsed, 'Tcp', 'RetransSegs'), 7);
    assert.equal(figureOf(parsed, 'Tcp', 'OutSegs'), 900);
    assert.equal(figureOf(parsed, 'Tcp', 'NewField'), 11);
  });

  it('takes protocols that it has never heard of', () => {
    const parsed = netstatParser()(bytesOf(trap('net/netstat.third-pair')));
    assert.equal(figureOf(parsed, 'MPTcpExt', 'MPCurrEstab'), 7);
  });

  it('counts what does not pair and keeps the rest', () => {
    const parsed = netstatParser()(bytesOf(trap('net/netstat.broken')));
    assert.deepEqual(parsed, {
      tables: [
        {
          head: { protocol: 'MPTcpExt', names: ['MPCapableSYNRX', 'MPCurrEstab'] },
          values: [6, Number.NaN],
        },
      ],
      malformed: 5,
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { netstatMetricName } from './netstat-name.ts';
import { netstatParser } from './parse-netstat.ts';
import { bytesOf, captured } from './testdata/captured-files.ts';

describe('netstatMetricName', () => {
  for (const [protocol, field, expected] of [
    ['TcpExt', 'ListenOverflows', 'lagpipe.netstat.tcp_ext.listen_overflows'],
    ['TcpExt', 'TCPBacklogDrop', 'lagpipe.netstat.tcp_ext.backlog_drop'],
    ['TcpExt', 'TCPReqQFullDoCookies', 'lagpipe.netstat.tcp_ext.req_q_full_do_cookies'],
    ['TcpExt', 'TcpTimeoutRehash', 'lagpipe.netstat.tcp_ext.timeout_rehash'],
    ['TcpExt', 'DelayedACKs', 'lagpipe.netstat.tcp_ext.delayed_acks'],
    ['TcpExt', 'TW', 'lagpipe.netstat.tcp_ext.tw'],
    ['TcpExt', 'TCP', 'lagpipe.netstat.tcp_ext.tcp'],
    ['IpExt', 'InECT1Pkts', 'lagpipe.netstat.ip_ext.in_ect1_pkts'],
    ['MPTcpExt', 'MPCurrEstab', 'lagpipe.netstat.mptcp_ext.mp_curr_estab'],
    ['Tcp', 'RetransSegs', 'lagpipe.netstat.tcp.retrans_segs'],
    ['Ip6', 'InNoECTPkts', 'lagpipe.netstat.ip6.in_no_ect_pkts'],
    ['Icmp6', 'InType143', 'lagpipe.netstat.icmp6.in_type143'],
    ['UdpLite', 'InErrors', 'lagpipe.netstat.udp_lite.in_errors'],
  ] as const) {
    it(`${protocol} ${field} is ${expected}`, () => {
      assert.equal(netstatMetricName(protocol, field), expected);
    });
  }

  it('gives every field of a real kernel a name of its own', () => {
    const fields = ['net/netstat', 'net/snmp'].flatMap((file) =>
      netstatParser()(bytesOf(captured('t1', file))).tables.flatMap(({ head }) =>
        head.names.map((name) => netstatMetricName(head.protocol, name)),
      ),
    );
    assert.ok(fields.length > 300);
    assert.equal(new Set(fields).size, fields.length);
    for (const name of fields) assert.match(name, /^lagpipe\.netstat\.[a-z0-9_]+\.[a-z0-9_]+$/);
  });
});

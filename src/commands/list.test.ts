import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { registry } from '../registry.ts';
import { componentText } from './list.ts';

describe('list of one component', () => {
  it('tells the events and metrics that it sends, with their units', () => {
    const text = componentText(registry.sources.find(({ id }) => id === 'ebpf_tcp_life')!);
    assert.match(text, /^source ebpf_tcp_life: One event for every TCP connection/);
    assert.match(text, /\nevent {11}when\ntcp.connection {2}A TCP connection was closed/);
    assert.match(text, /\nlagpipe.tcp.response.duration +s +Time from the last byte/);
  });

  it('tells of a sink what it is for', () => {
    assert.match(componentText(registry.sinks.find(({ id }) => id === 'file')!), /^sink file: .*\n$/);
  });
});

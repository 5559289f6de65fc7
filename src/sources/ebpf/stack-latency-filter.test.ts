import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupIds, cgroupMount } from './cgroup-ids.ts';
import { netnsInodes } from './netns-inodes.ts';
import { checkSelection } from './stack-latency-check.ts';
import { loaderSelection, type Selection } from './stack-latency-filter.ts';
import { RECEIVE_STAGES } from './stages.ts';

function selection(
  filter: Partial<Selection['filter']>,
  rest: Partial<Omit<Selection, 'filter'>> = {},
): Selection {
  return {
    stages: RECEIVE_STAGES,
    sample_one_in: 1,
    group_by: [],
    attach: 'auto',
    network_namespace: 'all',
    ...rest,
    filter: {
      interfaces: [],
      local_ports: [],
      remote_addresses: [],
      ip_version: 'both',
      pids: [],
      cgroups: [],
      min_queue_length: 0,
      network_namespaces: [],
      reordered: 'keep',
      ...filter,
    },
  };
}

function pathsOf(selected: Selection): readonly string[] {
  return checkSelection(selected).map(({ path }) => path.join('.'));
}

test('what only a reader tells is refused, at its place, while another stage is measured', () => {
  const filter = { pids: [1], cgroups: ['/a'], min_queue_length: 3 };
  const group_by = ['interface', 'cgroup'];
  const paths = ['filter.pids', 'filter.cgroups', 'filter.min_queue_length', 'group_by.1'];
  assert.deepEqual(pathsOf(selection(filter, { group_by })), paths);
  assert.deepEqual(pathsOf(selection(filter, { group_by, stages: ['tcp-socket-read'] })), []);
  const [problem] = checkSelection(selection(filter, { stages: ['ip-start', 'udp-socket-read'] }));
  assert.equal(
    problem.message,
    'cannot be told at ip-start; choose stages: [tcp-socket-read, udp-socket-read] or one of them',
  );
});

test('what is no range of addresses is refused, each at its place', () => {
  const good = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::/0', '0.0.0.0/0', '::1/128'];
  assert.deepEqual(pathsOf(selection({ remote_addresses: good })), []);
  const bad = [
    '10.0.0/8',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0.0/',
    '10.0.0.0/8/9',
    'fe80::1%lo',
    'here',
    '::/-1',
  ];
  assert.deepEqual(
    pathsOf(selection({ remote_addresses: ['127.0.0.1', ...bad] })),
    bad.map((_, index) => `filter.remote_addresses.${index + 1}`),
  );
});

test('the loader gets numbers for what people write', () => {
  const selected = selection({ ip_version: 'ipv6', interfaces: ['eth0'] }, { sample_one_in: 9 });
  assert.deepEqual(loaderSelection(selected, { cgroupIds: [77], netnsInodes: [4026532281] }), {
    filter: {
      ip_version: 6,
      interfaces: ['eth0'],
      local_ports: [],
      address_ranges: [],
      pids: [],
      cgroup_ids: [77],
      netns_inodes: [4026532281],
      drop_reordered: 0,
      min_queue_length: 0,
      sample_one_in: 9,
    },
    group_by: [],
  });
  assert.equal(
    'ip_version' in loaderSelection(selection({}), { cgroupIds: [], netnsInodes: [] }).filter,
    false,
  );
});

test('cgroup v2 is found wherever it is mounted', () => {
  const mounts = [
    'proc /proc proc rw 0 0',
    'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0',
    'cgroup2 /mnt/with\\040space cgroup2 rw 0 0',
    '',
  ].join('\n');
  assert.equal(cgroupMount(mounts), '/mnt/with space');
  assert.equal(cgroupMount('proc /proc proc rw 0 0\n'), undefined);
  assert.deepEqual(cgroupIds([]), []);
});

test('what no softirq tells is refused, at its place', () => {
  const filter = {
    interfaces: ['eth0'],
    local_ports: [80],
    remote_addresses: ['10.0.0.1'],
    ip_version: 'ipv4',
    network_namespaces: ['blue'],
  } as const;
  const paths = ['interfaces', 'local_ports', 'remote_addresses', 'ip_version', 'network_namespaces'].map(
    (name) => `filter.${name}`,
  );
  for (const stage of ['softirq-raised', 'napi-poll']) {
    assert.deepEqual(pathsOf(selection(filter, { stages: [stage] })), paths);
    assert.deepEqual(pathsOf(selection({}, { stages: [stage], network_namespace: 'own' })), [
      'network_namespace',
    ]);
    assert.deepEqual(pathsOf(selection({}, { stages: [stage], sample_one_in: 10 })), []);
  }
  assert.deepEqual(pathsOf(selection(filter, { stages: ['qdisc', 'driver'] })), []);
});

test('groups that no softirq can tell apart are refused, at their place', () => {
  const group_by = ['interface', 'netns', 'local_port'] as const;
  const refused = (stages: readonly string[]) => pathsOf(selection({}, { stages, group_by }));
  assert.deepEqual(refused(['softirq-raised', 'ip-start']), ['group_by.0', 'group_by.1', 'group_by.2']);
  assert.deepEqual(refused(['napi-poll']), ['group_by.2']);
  assert.deepEqual(refused(['ip-start', 'qdisc', 'driver']), []);
});

test('reads held up by reordering can be dropped only where there are some', () => {
  const dropped = { reordered: 'drop' } as const;
  for (const stages of [RECEIVE_STAGES, ['tcp-socket-read'], ['ip-start', 'tcp-socket-enqueued']])
    assert.deepEqual(pathsOf(selection(dropped, { stages })), []);
  assert.deepEqual(pathsOf(selection(dropped, { stages: ['tcp-start', 'udp-socket-read'] })), [
    'filter.reordered',
  ]);
});

test('network namespaces are chosen among all, by name or number', (t) => {
  const chosen = { network_namespaces: ['blue'] };
  assert.deepEqual(pathsOf(selection(chosen)), []);
  assert.deepEqual(pathsOf(selection(chosen, { network_namespace: 'own' })), ['filter.network_namespaces']);
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'blue'), '');
  assert.deepEqual(netnsInodes(['blue', '4026532281'], folder), [
    statSync(join(folder, 'blue')).ino,
    4026532281,
  ]);
  assert.throws(() => netnsInodes(['red'], folder), /there is no network namespace red below/);
});

test('a stage that has hooks only is refused where hooks may not serve', () => {
  for (const attach of ['tracing', 'kprobe'])
    assert.deepEqual(pathsOf(selection({}, { stages: ['ip-start', 'qdisc'], attach })), ['attach']);
  assert.deepEqual(pathsOf(selection({}, { stages: ['qdisc'], attach: 'hook' })), []);
  assert.deepEqual(pathsOf(selection({}, { attach: 'tracing' })), []);
});

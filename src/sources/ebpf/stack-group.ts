import { textAt, u64At } from '../../loader/record-fields.ts';
import type { Attributes, AttributeValue } from '../../model/attributes.ts';
import {
  CGROUP_ID,
  INTERFACE,
  LOCAL_PORT,
  NETNS_INODE,
  NETNS_NAME,
  OVERFLOW,
} from '../../model/common-attributes.ts';
import { text } from '../../model/emits.ts';

/** What stands behind the histogram in `struct stack_group_record` of bpf/stack_latency.h. */
const AT = {
  cgroupId: 0,
  netnsInode: 8,
  localPort: 12,
  groupBy: 14,
  overflow: 15,
  interface: 16,
  netnsName: 32,
  cgroupPath: 96,
};
const CGROUP_PATH_BYTES = 256;
export const GROUP_BYTES = AT.cgroupPath + CGROUP_PATH_BYTES;

/** `enum stack_group_by`, by the names that a pipeline file uses. */
export const GROUP_BITS = { interface: 1, cgroup: 2, netns: 4, local_port: 8 } as const;
export const GROUP_KEYS = ['interface', 'cgroup', 'netns', 'local_port'] as const;

export const GROUP_ATTRIBUTES = [
  INTERFACE,
  CGROUP_ID,
  text('lagpipe.cgroup.path', 'path of the cgroup below its mount'),
  NETNS_INODE,
  NETNS_NAME,
  LOCAL_PORT,
  OVERFLOW,
];

/** Attributes of a group; what the kernel could not tell of its packets is absent. */
export function groupAttributes(record: DataView, at: number): Attributes {
  if (record.getUint8(at + AT.overflow) !== 0) return { 'otel.metric.overflow': true };
  const groupBy = record.getUint8(at + AT.groupBy);
  const attributes: Record<string, AttributeValue> = {};
  const add = (bit: number, name: string, value: number | string): void => {
    if ((groupBy & bit) !== 0 && value !== 0 && value !== '') attributes[name] = value;
  };
  add(
    GROUP_BITS.interface,
    'network.interface.name',
    textAt(record, at + AT.interface, AT.netnsName - AT.interface),
  );
  add(GROUP_BITS.cgroup, 'lagpipe.cgroup.id', u64At(record, at + AT.cgroupId));
  add(GROUP_BITS.cgroup, 'lagpipe.cgroup.path', textAt(record, at + AT.cgroupPath, CGROUP_PATH_BYTES));
  add(GROUP_BITS.netns, 'lagpipe.netns.inode', record.getUint32(at + AT.netnsInode, true));
  add(
    GROUP_BITS.netns,
    'lagpipe.netns.name',
    textAt(record, at + AT.netnsName, AT.cgroupPath - AT.netnsName),
  );
  add(GROUP_BITS.local_port, 'network.local.port', record.getUint16(at + AT.localPort, true));
  return attributes;
}

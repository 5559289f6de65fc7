import type { ConfigProblem } from '../../../component.ts';
import type { ConfigOf, ObjectSchema } from '../../../schema.ts';

/** loader/options.h */
const MAX_FILTER_BYTES = 2047;

/** The fields of the source that say which packets are read and how. */
export const READ_PROPERTIES = {
  files: {
    type: 'array',
    description:
      'Capture files (pcap or pcapng, plain or packed by gzip or zstd), folders of them, or `-` for standard input. They are read in the order of their first packets, as one capture.',
    items: { type: 'string', description: 'The path of a file or folder, or `-`.', minLength: 1 },
    default: [],
    uniqueItems: true,
  },
  interface: {
    type: 'string',
    description:
      'Capture live on this network interface, as in `eth0`, or on `any` for all of them. Instead of `files`.',
    minLength: 1,
  },
  filter: {
    type: 'string',
    description:
      "Live only: which packets the kernel takes, in tcpdump's language (pcap-filter(7)), as in `tcp port 80`. The default takes all; what is not TCP is passed over and counted.",
    minLength: 1,
  },
  snaplen: {
    type: 'integer',
    description:
      'Live only: bytes kept of each packet. The default keeps all of every packet, also of the large ones that segmentation offload makes.',
    default: 262_144,
    minimum: 64,
    maximum: 262_144,
  },
  promiscuous: {
    type: 'boolean',
    description: 'Live only: also take packets that are not for this host but pass by its interface.',
    default: false,
  },
  buffer_size: {
    type: 'string',
    format: 'size',
    description:
      'Live only: what the kernel may hold of packets until they are read. What does not fit is counted as dropped.',
    default: '16MiB',
    minSize: '64KiB',
    maxSize: '1GiB',
  },
  tunnels: {
    type: 'array',
    description: 'Look for TCP inside of these too. What is inside of others is passed over and counted.',
    items: {
      type: 'string',
      enum: ['vxlan', 'geneve', 'gre', 'ipip'],
      description: 'A kind of tunnel; `ipip` is IP directly in IP, of either version.',
    },
    default: [],
    uniqueItems: true,
  },
  vxlan_ports: {
    type: 'array',
    description: "UDP ports of VXLAN, where `tunnels` has it: IANA's and the one that Linux began with.",
    items: { type: 'integer', description: 'The number of a UDP port.', minimum: 1, maximum: 65_535 },
    default: [4789, 8472],
    minItems: 1,
    uniqueItems: true,
  },
} as const satisfies ObjectSchema['properties'];

export type ReadConfig = ConfigOf<{
  readonly type: 'object';
  readonly description: '';
  readonly properties: typeof READ_PROPERTIES;
}>;

/** What the fields cannot say by themselves. */
export function checkRead({ files, interface: name, filter }: ReadConfig): readonly ConfigProblem[] {
  if (files.length > 0 && name !== undefined) {
    return [{ path: ['interface'], message: 'files and interface exclude each other; name one of them' }];
  }
  if (files.length === 0 && name === undefined) {
    return [
      {
        path: [],
        message: 'name what to read: `files: [capture.pcap]`, or `interface: eth0` to capture live',
      },
    ];
  }
  if (files.length > 0 && filter !== undefined) {
    const message =
      'filter works on live captures only; filter a file beforehand, as with `tcpdump -r FILE -w - FILTER`';
    return [{ path: ['filter'], message }];
  }
  if (filter !== undefined && Buffer.byteLength(filter) > MAX_FILTER_BYTES) {
    const message = `a filter may be ${MAX_FILTER_BYTES} bytes long, and this one has ${Buffer.byteLength(filter)}`;
    return [{ path: ['filter'], message }];
  }
  return [];
}

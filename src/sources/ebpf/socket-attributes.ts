import {
  CGROUP_ID,
  IP_VERSION,
  LOCAL_ADDRESS,
  LOCAL_PORT,
  NETNS_INODE,
  PEER_ADDRESS,
  PEER_PORT,
  PROCESS_ID,
  THREAD_ID,
  THREAD_NAME,
  TRANSPORT,
} from '../../model/common-attributes.ts';

/** Of every event about a socket: whose it is, where it is, and its two ends. */
export const SOCKET = {
  pid: PROCESS_ID,
  tid: THREAD_ID,
  threadName: THREAD_NAME,
  cgroupId: CGROUP_ID,
  netnsInode: NETNS_INODE,
  transport: TRANSPORT,
  networkType: IP_VERSION,
  localAddress: LOCAL_ADDRESS,
  localPort: LOCAL_PORT,
  peerAddress: PEER_ADDRESS,
  peerPort: PEER_PORT,
} as const;

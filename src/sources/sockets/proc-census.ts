import { TCP_STATES } from '../../model/tcp-states.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Role } from './figures.ts';
import { ListeningPorts } from './listening-ports.ts';
import type { Look } from './look.ts';
import { parseTcpLine, type TcpLine } from './parse-tcp-line.ts';

const LISTEN = 10;
/** Ports and peers that are counted before the largest are chosen. */
const MOST_GROUPS = 4096;
const MOST_PEERS = 16_384;

export interface CensusLimits {
  readonly maxListeners: number;
  readonly maxPorts: number;
  readonly maxPeers: number;
}

interface Queue {
  readonly line: TcpLine;
  sockets: number;
  length: number;
}

interface Counts {
  readonly role: Role;
  readonly port: number;
  /** Of a peer; empty for a group. */
  readonly address: string;
  readonly states: number[];
  sockets: number;
  unread: number;
  unreadBytes: number;
  unsent: number;
  unsentBytes: number;
  retransmitting: number;
}

/** The sockets of /proc/net/tcp and tcp6, line by line, as the loader would have counted them without tcp_info. */
export class ProcCensus {
  readonly #limits: CensusLimits;
  readonly #ports = new ListeningPorts();
  #isCensus = false;
  #queues = new Map<string, Queue>();
  #groups = new Map<string, Counts>();
  #peers = new Map<string, Counts>();
  #totals = { ipv4: noStates(), ipv6: noStates() };
  #sockets = 0;
  #seconds = 0;
  #startTime: UnixTime | undefined;

  constructor(limits: CensusLimits) {
    this.#limits = limits;
  }

  /** Sockets of this look so far. */
  get sockets(): number {
    return this.#sockets;
  }

  /** `isCensus`: connections too, not only listening sockets. */
  begin(isCensus: boolean, time: UnixTime): void {
    this.#isCensus = isCensus;
    this.#queues = new Map();
    this.#groups = new Map();
    this.#peers = new Map();
    this.#totals = { ipv4: noStates(), ipv6: noStates() };
    this.#sockets = 0;
    this.#startTime ??= time;
    [this.#seconds] = time;
    this.#ports.forgetBefore(this.#seconds);
  }

  /** False when it is no line about a socket. */
  line(text: string): boolean {
    const line = parseTcpLine(text);
    if (line === undefined || line.state === 0 || line.state >= TCP_STATES.length) return false;
    this.#sockets += 1;
    this.#totals[line.type][line.state] += 1;
    // The kernel lists listening sockets first, so their ports are known when the connections come.
    if (line.state === LISTEN) this.#listener(line);
    else if (this.#isCensus) this.#connection(line);
    return true;
  }

  /** Tells what was found. */
  tell(look: Look, time: UnixTime): void {
    this.#tellListeners(look, time);
    if (!this.#isCensus) return;
    for (const { role, port, ...counts } of chosen(this.#groups, this.#limits.maxPorts)) {
      look.group({ netns: {}, role, ...(port >= 0 && { port }), time, ...counts });
    }
    for (const { role, port, address, states } of chosen(this.#peers, this.#limits.maxPeers)) {
      look.peer({ netns: {}, role, ...(port >= 0 && { with: { address, port } }), time, states });
    }
    look.totals({ netns: {}, startTime: this.#startTime ?? time, time, ...this.#totals });
  }

  #tellListeners(look: Look, time: UnixTime): void {
    const rest = { sockets: 0, length: 0 };
    const sorted = [...this.#queues.values()].sort((a, b) => b.length - a.length);
    sorted.forEach(({ line, sockets, length }, index) => {
      if (index < this.#limits.maxListeners) {
        const at = { address: line.localAddress, port: line.localPort, type: line.type };
        look.listener({ netns: {}, at, time, sockets, length });
      } else {
        rest.sockets += sockets;
        rest.length += length;
      }
    });
    if (rest.sockets > 0) look.listener({ netns: {}, time, ...rest });
  }

  #listener(line: TcpLine): void {
    this.#ports.add(line.localPort, this.#seconds);
    const key = `${line.localAddress} ${line.localPort}`;
    const queue = this.#queues.get(key) ?? { line, sockets: 0, length: 0 };
    queue.sockets += 1;
    queue.length += line.receiveQueue;
    this.#queues.set(key, queue);
  }

  #connection(line: TcpLine): void {
    const role = this.#ports.roleOf(line.localPort);
    const port = role === 'server' ? line.localPort : line.peerPort;
    count(countsOf(this.#groups, MOST_GROUPS, role, port, ''), line);
    if (this.#limits.maxPeers === 0) return;
    count(countsOf(this.#peers, MOST_PEERS, role, port, line.peerAddress), line);
  }
}

function noStates(): number[] {
  return TCP_STATES.map(() => 0);
}

/** Port -1 stands for those that found no room. */
function countsOf(map: Map<string, Counts>, most: number, role: Role, port: number, address: string): Counts {
  const known = map.get(`${role} ${port} ${address}`);
  if (known !== undefined) return known;
  if (map.size >= most && port >= 0) return countsOf(map, most, role, -1, '');
  const counts = newCounts(role, port, address);
  map.set(`${role} ${port} ${address}`, counts);
  return counts;
}

function newCounts(role: Role, port: number, address: string): Counts {
  const none = { sockets: 0, unread: 0, unreadBytes: 0, unsent: 0, unsentBytes: 0, retransmitting: 0 };
  return { role, port, address, states: noStates(), ...none };
}

function count(counts: Counts, line: TcpLine): void {
  counts.sockets += 1;
  counts.states[line.state] += 1;
  counts.unread += line.receiveQueue > 0 ? 1 : 0;
  counts.unreadBytes += line.receiveQueue;
  counts.unsent += line.sendQueue > 0 ? 1 : 0;
  counts.unsentBytes += line.sendQueue;
  counts.retransmitting += line.isRetransmitting ? 1 : 0;
}

/** The largest, and behind them one for the rest of each role. */
function chosen(map: ReadonlyMap<string, Counts>, most: number): Counts[] {
  const rest = new Map<Role, Counts>();
  const kept: Counts[] = [];
  for (const counts of [...map.values()].sort((a, b) => b.sockets - a.sockets)) {
    if (counts.port >= 0 && kept.length < most) kept.push(counts);
    else rest.set(counts.role, sumOf(rest.get(counts.role) ?? newCounts(counts.role, -1, ''), counts));
  }
  return [...kept, ...rest.values()];
}

function sumOf(a: Counts, b: Counts): Counts {
  return {
    role: a.role,
    port: a.port,
    address: a.address,
    states: a.states.map((value, state) => value + b.states[state]),
    sockets: a.sockets + b.sockets,
    unread: a.unread + b.unread,
    unreadBytes: a.unreadBytes + b.unreadBytes,
    unsent: a.unsent + b.unsent,
    unsentBytes: a.unsentBytes + b.unsentBytes,
    retransmitting: a.retransmitting + b.retransmitting,
  };
}

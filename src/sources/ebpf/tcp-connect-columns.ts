import type { ComponentContext } from '../../component.ts';
import { nanosAfter, wholeSeconds } from '../../lib/split-nanos.ts';
import { MAX_PAYLOAD_BYTES } from '../../loader/frame-header.ts';
import { u64At } from '../../loader/record-fields.ts';
import type { EventBatch } from '../../model/batch.ts';
import type { Column } from '../../model/event.ts';
import { SocketTexts } from './socket-texts.ts';
import { CONNECT, CONNECT_EVENT } from './tcp-connect-attributes.ts';
import {
  CONNECT_AT as AT,
  CONNECT_RECORD_BYTES,
  ERROR_TYPES,
  errorTypeCode,
  OUTCOMES,
} from './tcp-connect-record.ts';

const FLOAT_COLUMNS = 11;
const CODE_COLUMNS = 8;

/** Every event is TCP: one column of ones, for all batches. */
const ALL_ONES = new Uint32Array(Math.ceil(MAX_PAYLOAD_BYTES / CONNECT_RECORD_BYTES)).fill(1);
const TRANSPORTS = ['', 'tcp'];
const NETWORK_TYPES = ['', 'ipv4', 'ipv6'];
const OUTCOME_TEXTS = ['', ...OUTCOMES];

/** Connect records to columns, without an object or a new string for a record. Texts are kept between batches. */
export class ConnectColumns {
  readonly #context: ComponentContext;
  readonly #texts = new SocketTexts();

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** `payload` holds `count` records. One with an outcome or address family that does not exist is counted as lost. */
  decode(payload: Uint8Array, count: number): EventBatch {
    const records = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const out = allocate(count);
    this.#texts.begin();
    let row = 0;
    for (let at = 0; at < payload.length; at += CONNECT_RECORD_BYTES) {
      const version = records.getUint8(at + AT.ipVersion);
      const outcome = records.getUint8(at + AT.outcome);
      if (outcome >= OUTCOMES.length || (version !== 4 && version !== 6)) continue;
      readNumbers(records, at, out, row);
      out.outcome[row] = outcome + 1;
      out.errorType[row] = errorTypeCode(outcome, records.getUint16(at + AT.error, true));
      out.networkType[row] = version === 4 ? 1 : 2;
      out.localAddress[row] = this.#texts.address(records, at + AT.localAddress, version);
      out.peerAddress[row] = this.#texts.address(records, at + AT.peerAddress, version);
      out.natPeerAddress[row] = this.#texts.address(records, at + AT.natPeerAddress, version);
      out.threadName[row] = this.#texts.threadName(records, at + AT.comm);
      row += 1;
    }
    if (row < count) this.#context.counters.dropped('bad_record', count - row);
    return this.#batch(out, row);
  }

  #batch(out: Columns, length: number): EventBatch {
    const { resource, scope } = this.#context;
    const { timeSeconds, timeNanoseconds } = out;
    const columns = columnsOf(out, this.#texts.addressDictionary(), this.#texts.threadNameDictionary());
    return {
      kind: 'events',
      resource,
      scope,
      name: CONNECT_EVENT.name,
      severityNumber: CONNECT_EVENT.severityNumbers[0],
      length,
      timeSeconds,
      timeNanoseconds,
      columns,
    };
  }
}

type Columns = ReturnType<typeof allocate>;

/**
 * All columns of a batch lie in one piece of memory, the wide ones first so that each is aligned: a piece for each
 * of the nineteen would take as long as reading the records.
 */
function allocate(count: number) {
  const memory = new ArrayBuffer(count * (FLOAT_COLUMNS * 8 + CODE_COLUMNS * 4));
  let at = 0;
  const floats = () => {
    const column = new Float64Array(memory, at, count);
    at += count * 8;
    return column;
  };
  const codes = () => {
    const column = new Uint32Array(memory, at, count);
    at += count * 4;
    return column;
  };
  return {
    timeSeconds: floats(),
    duration: floats(),
    cgroupId: floats(),
    pid: floats(),
    tid: floats(),
    netnsInode: floats(),
    rtt: floats(),
    synRetransmits: floats(),
    localPort: floats(),
    peerPort: floats(),
    natPeerPort: floats(),
    timeNanoseconds: codes(),
    outcome: codes(),
    errorType: codes(),
    networkType: codes(),
    localAddress: codes(),
    peerAddress: codes(),
    natPeerAddress: codes(),
    threadName: codes(),
  };
}

function readNumbers(records: DataView, at: number, out: Columns, row: number): void {
  const low = records.getUint32(at + AT.endUnixNanos, true);
  const seconds = wholeSeconds(low, records.getUint32(at + AT.endUnixNanos + 4, true));
  out.timeSeconds[row] = seconds;
  out.timeNanoseconds[row] = nanosAfter(low, seconds);
  out.duration[row] = u64At(records, at + AT.durationNanos) / 1e9;
  out.cgroupId[row] = u64At(records, at + AT.cgroupId);
  out.pid[row] = records.getUint32(at + AT.pid, true);
  out.tid[row] = records.getUint32(at + AT.tid, true);
  out.netnsInode[row] = records.getUint32(at + AT.netnsInode, true);
  out.rtt[row] = presentUnlessZero(records.getUint32(at + AT.rttMicros, true)) / 1e6;
  out.synRetransmits[row] = records.getUint32(at + AT.synRetransmits, true);
  out.localPort[row] = presentUnlessZero(records.getUint16(at + AT.localPort, true));
  out.peerPort[row] = presentUnlessZero(records.getUint16(at + AT.peerPort, true));
  out.natPeerPort[row] = presentUnlessZero(records.getUint16(at + AT.natPeerPort, true));
}

function columnsOf(
  out: Columns,
  addresses: readonly string[],
  threadNames: readonly string[],
): ReadonlyMap<string, Column> {
  return new Map([
    [CONNECT.outcome.name, text(out.outcome, OUTCOME_TEXTS)],
    [CONNECT.errorType.name, text(out.errorType, ERROR_TYPES)],
    [CONNECT.duration.name, number(out.duration)],
    [CONNECT.synRetransmits.name, number(out.synRetransmits)],
    [CONNECT.rtt.name, number(out.rtt)],
    [CONNECT.pid.name, number(out.pid)],
    [CONNECT.tid.name, number(out.tid)],
    [CONNECT.threadName.name, text(out.threadName, threadNames)],
    [CONNECT.cgroupId.name, number(out.cgroupId)],
    [CONNECT.netnsInode.name, number(out.netnsInode)],
    [CONNECT.transport.name, text(ALL_ONES, TRANSPORTS)],
    [CONNECT.networkType.name, text(out.networkType, NETWORK_TYPES)],
    [CONNECT.localAddress.name, text(out.localAddress, addresses)],
    [CONNECT.localPort.name, number(out.localPort)],
    [CONNECT.peerAddress.name, text(out.peerAddress, addresses)],
    [CONNECT.peerPort.name, number(out.peerPort)],
    [CONNECT.natPeerAddress.name, text(out.natPeerAddress, addresses)],
    [CONNECT.natPeerPort.name, number(out.natPeerPort)],
  ]);
}

function number(values: Float64Array): Column {
  return { kind: 'number', values };
}

function text(codes: Uint32Array, dictionary: readonly string[]): Column {
  return { kind: 'text', codes, dictionary };
}

/** The record's 0 for "there is none" as the column's. */
function presentUnlessZero(value: number): number {
  return value === 0 ? Number.NaN : value;
}

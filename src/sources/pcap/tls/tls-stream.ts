import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { HandshakeReader, MESSAGE } from './handshake-reader.ts';
import { type ClientHello, parseClientHello, parseServerHello, type ServerHello } from './hello.ts';
import { type OnRecords, RECORD, RecordReader } from './record-reader.ts';

const TLS_1_3 = 0x0304;
/** Content in clear after which a handshake is no longer waited for. */
const LARGEST_HANDSHAKE_BYTES = 1_048_576;

/** A handshake as far as it is in clear. Times in nanoseconds, NaN for what was not seen. */
export interface TlsHandshake {
  clientHello: ClientHello | undefined;
  /** The final one, not a HelloRetryRequest. */
  serverHello: ServerHello | undefined;
  /** First byte of the ClientHello. */
  beganNanos: number;
  serverHelloNanos: number;
  /**
   * TLS 1.3: the client's first encrypted record after the server's, which holds its Finished. TLS 1.2: the later of
   * the two Finished. Where these were not seen: the first application data.
   */
  endedNanos: number;
  helloRetry: boolean;
  /** A session from before goes on: in TLS 1.2 no certificate was sent, in 1.3 the server took a pre-shared key. */
  resumed: boolean | undefined;
  /** The last alert in clear. */
  alert: { readonly fatal: boolean; readonly code: number; readonly byClient: boolean } | undefined;
  /** The capture lost bytes of it. */
  gap: boolean;
}

interface Side {
  readonly records: RecordReader;
  readonly messages: HandshakeReader;
  changedCipher: boolean;
  finished: boolean;
  encryptedRecords: number;
  alertBytes: number;
  alertLevel: number;
}

/** The handshake of one TLS connection; what follows is encrypted and passed over. */
export class TlsStream implements ProtocolStream {
  readonly handshake: TlsHandshake = {
    clientHello: undefined,
    serverHello: undefined,
    beganNanos: Number.NaN,
    serverHelloNanos: Number.NaN,
    endedNanos: Number.NaN,
    helloRetry: false,
    resumed: undefined,
    alert: undefined,
    gap: false,
  };
  readonly #onHandshake: (handshake: TlsHandshake, nanos: number) => void;
  readonly #client: Side;
  readonly #server: Side;
  #bytes = 0;
  #over = false;
  #oldHelloBytes = 0;
  #oldVersion = 0;

  /** `onHandshake` is called once: when the handshake is over, has failed, or the connection ended before. */
  constructor(onHandshake: (handshake: TlsHandshake, nanos: number) => void) {
    this.#onHandshake = onHandshake;
    this.#client = this.#side(true);
    this.#server = this.#side(false);
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    if (this.#over) return;
    const { handshake } = this;
    if (fromClient && Number.isNaN(handshake.beganNanos)) handshake.beganNanos = nanos;
    this.#bytes += end - start;
    (fromClient ? this.#client : this.#server).records.data(bytes, start, end, nanos);
    if (this.#bytes > LARGEST_HANDSHAKE_BYTES) this.#finish(nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    if (!this.#over) (fromClient ? this.#client : this.#server).records.gap(length, nanos);
  }

  end(nanos: number, _how: ConnectionEnd, _byClient: boolean | undefined): void {
    this.#finish(nanos);
  }

  #finish(nanos: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#onHandshake(this.handshake, nanos);
  }

  #side(fromClient: boolean): Side {
    const messages = new HandshakeReader((type, body, length, nanos) => {
      if (type === MESSAGE.clientHello && fromClient) this.#clientHello(body, length);
      if (type === MESSAGE.serverHello && !fromClient) this.#serverHello(body, length, nanos);
      if (type === MESSAGE.serverHelloDone && !fromClient) this.handshake.resumed = false;
    });
    const on: OnRecords = {
      piece: (type, length, bytes, start, end, nanos) => {
        if (type === RECORD.handshake && !side.changedCipher) messages.data(bytes, start, end, nanos);
        if (type === RECORD.oldHello) this.#oldHello(bytes, start, end);
        if (type === RECORD.alert && length === 2) this.#alertBytes(side, bytes, start, end);
      },
      recordEnd: (type, length, nanos) => this.#recordEnd(side, type, length, nanos),
      hole: (type, length, nanos) => {
        this.handshake.gap = true;
        if (type === RECORD.handshake) messages.gap(length, nanos);
      },
      lost: () => {
        this.handshake.gap = true;
        messages.gap(Number.POSITIVE_INFINITY, Number.NaN);
      },
    };
    const side: Side = {
      records: new RecordReader(on, fromClient),
      messages,
      changedCipher: false,
      finished: false,
      encryptedRecords: 0,
      alertBytes: 0,
      alertLevel: 0,
    };
    return side;
  }

  #clientHello(body: Uint8Array, length: number): void {
    this.handshake.clientHello ??= parseClientHello(body, 0, length);
  }

  /** Its type and the version that it offers. */
  #oldHello(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && this.#oldHelloBytes < 3; at += 1) {
      if (this.#oldHelloBytes > 0) this.#oldVersion = (this.#oldVersion << 8) | bytes[at];
      this.#oldHelloBytes += 1;
    }
    if (this.#oldHelloBytes < 3) return;
    this.handshake.clientHello ??= {
      serverName: undefined,
      alpn: [],
      version: this.#oldVersion,
      sessionId: '',
      earlyData: false,
    };
  }

  #serverHello(body: Uint8Array, length: number, nanos: number): void {
    const { handshake } = this;
    const hello = parseServerHello(body, 0, length);
    if (hello?.retry) {
      handshake.helloRetry = true;
      return;
    }
    if (hello === undefined || handshake.serverHello !== undefined) return;
    handshake.serverHello = hello;
    handshake.serverHelloNanos = nanos;
    if (hello.version >= TLS_1_3) handshake.resumed = hello.preSharedKey;
  }

  #recordEnd(side: Side, type: number, length: number, nanos: number): void {
    if (type === RECORD.changeCipherSpec) this.#changeCipher(side);
    else if (type === RECORD.applicationData) this.#applicationData(side, nanos);
    else if (type === RECORD.handshake && side.changedCipher) this.#encryptedHandshake(side, nanos);
    else if (type === RECORD.alert && length === 2) this.#alert(side, nanos);
  }

  /** In TLS 1.3 it means nothing (RFC 8446 §D.4). */
  #changeCipher(side: Side): void {
    const { handshake } = this;
    if (handshake.helloRetry && handshake.serverHello === undefined) return;
    if ((handshake.serverHello?.version ?? TLS_1_3) >= TLS_1_3) return;
    side.changedCipher = true;
    // RFC 5246 §7.3: a server that resumes changes the cipher without having sent ServerHelloDone.
    if (side === this.#server && !handshake.gap) handshake.resumed ??= true;
  }

  #encryptedHandshake(side: Side, nanos: number): void {
    side.finished = true;
    if (this.#client.finished && this.#server.finished) this.#established(nanos);
  }

  #applicationData(side: Side, nanos: number): void {
    side.encryptedRecords += 1;
    const { serverHello, gap } = this.handshake;
    const is12 = serverHello !== undefined && serverHello.version < TLS_1_3;
    const fromServer = side === this.#server;
    // False start (RFC 7918): in TLS 1.2 the client may send before the server's Finished, in 1.3 early data.
    if (is12 ? fromServer || gap : !fromServer && this.#server.encryptedRecords > 0) this.#established(nanos);
  }

  #established(nanos: number): void {
    this.handshake.endedNanos = nanos;
    this.#finish(nanos);
  }

  #alertBytes(side: Side, bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 1) {
      if (side.alertBytes === 0) side.alertLevel = bytes[at];
      else this.#alerted(side, bytes[at]);
      side.alertBytes = (side.alertBytes + 1) % 2;
    }
  }

  #alerted(side: Side, code: number): void {
    this.handshake.alert = { fatal: side.alertLevel === 2, code, byClient: side === this.#client };
  }

  #alert(side: Side, nanos: number): void {
    const { alert } = this.handshake;
    if (alert?.fatal && alert.byClient === (side === this.#client)) this.#finish(nanos);
  }
}

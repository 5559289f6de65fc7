import { duplexPair } from 'node:stream';
import tls from 'node:tls';
import { Certificates } from '../../../../../test/e2e/certificates.ts';

/** Bytes of one direction, in the order in which both directions were written. */
export interface Piece {
  readonly fromClient: boolean;
  readonly bytes: Uint8Array;
}

export interface Recording {
  readonly pieces: readonly Piece[];
  /** For a later recording that resumes. */
  readonly session: Buffer | undefined;
  /** What OpenSSL says itself. */
  readonly protocol: string | null;
  readonly cipher: string;
  readonly resumed: boolean;
}

/** A server that remembers sessions, and what OpenSSL writes on both sides of a connection to it. No network. */
export class TlsRecorder implements Disposable {
  readonly #certificates = new Certificates();
  readonly #context: tls.SecureContext;

  constructor(options: tls.SecureContextOptions = {}) {
    const certificates = this.#certificates;
    this.#context = tls.createSecureContext({
      ...options,
      cert: certificates.pem(certificates.serverCert),
      key: certificates.pem(certificates.serverKey),
    });
  }

  [Symbol.dispose](): void {
    this.#certificates[Symbol.dispose]();
  }

  async record(options: tls.ConnectionOptions, serverOptions: tls.TlsOptions = {}): Promise<Recording> {
    const pieces: Piece[] = [];
    const [clientEnd, clientTap] = duplexPair();
    const [serverEnd, serverTap] = duplexPair();
    const forward = (from: typeof clientTap, to: typeof clientTap, fromClient: boolean) => {
      from.on('data', (bytes: Buffer) => {
        pieces.push({ fromClient, bytes: Uint8Array.from(bytes) });
        to.write(bytes);
      });
      from.on('end', () => to.end());
    };
    forward(clientTap, serverTap, true);
    forward(serverTap, clientTap, false);
    const server = new tls.TLSSocket(serverEnd, {
      ...serverOptions,
      isServer: true,
      secureContext: this.#context,
    });
    server.on('error', () => {});
    server.on('data', () => server.end('response'));
    const client = tls.connect({ socket: clientEnd, rejectUnauthorized: false, ...options });
    let session: Buffer | undefined;
    let facts = { protocol: null as string | null, cipher: '', resumed: false };
    client.on('session', (newest) => {
      session = newest;
    });
    client.on('secureConnect', () => {
      facts = {
        protocol: client.getProtocol(),
        cipher: client.getCipher().standardName,
        resumed: client.isSessionReused(),
      };
      client.write('request');
    });
    client.resume();
    await new Promise<void>((done) => client.once('end', done).once('error', () => done()));
    client.destroy();
    server.destroy();
    return { pieces, session, ...facts };
  }
}

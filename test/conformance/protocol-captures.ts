import { once } from 'node:events';
import type { Http2Session } from 'node:http2';
import { fetchOnce, recordSession } from '../../src/sources/pcap/http2/testdata/recorded-session.ts';
import { captureOf } from '../../src/sources/pcap/testdata/traffic/capture.ts';
import type { Burst } from '../../src/sources/pcap/testdata/traffic/conversation.ts';
import { CALM, Wire } from '../../src/sources/pcap/testdata/traffic/wire.ts';
import { TlsRecorder } from '../../src/sources/pcap/tls/testdata/recorded-handshake.ts';
import { randomNumbers } from '../random-numbers.ts';

/** One capture of what those below test/fixtures do not have: TLS, HTTP/2, a WebSocket that is closed in words. */
export async function protocolCapture(): Promise<Uint8Array> {
  const conversations = [...(await tlsConversations()), await http2Conversation(), webSocket(), UNKNOWN];
  return captureOf(
    conversations.map((bursts, index) => {
      const { segments } = new Wire(
        { bursts, close: 'fin_client' },
        { ...CALM, smallestSegment: CALM.largestSegment },
        randomNumbers(7),
        0,
      );
      return { segments, ipVersion: 4, clientPort: 40_000 + index, serverPort: 80 };
    }),
  );
}

const UNKNOWN: readonly Burst[] = [client('something'), server('else'), client('more'), server('of it')];

/** A handshake of TLS 1.2, one of 1.3 that takes a round trip more, and one that fails. */
async function tlsConversations(): Promise<readonly (readonly Burst[])[]> {
  using plain = new TlsRecorder();
  using particular = new TlsRecorder({ ecdhCurve: 'P-384' });
  using modern = new TlsRecorder({ minVersion: 'TLSv1.3' });
  const named = { servername: 'shop.example', ALPNProtocols: ['h2'] };
  const recordings = [
    await plain.record({ ...named, maxVersion: 'TLSv1.2' }, { ALPNProtocols: ['h2'] }),
    await particular.record({ ecdhCurve: 'X25519:P-384' }),
    await modern.record({ maxVersion: 'TLSv1.2' }),
  ];
  return recordings.map(({ pieces }) => pieces);
}

/** A request with trailers, one that is given up, and a PING from either side. */
function http2Conversation(): Promise<readonly Burst[]> {
  return recordSession(async ({ client: session, server: http2 }) => {
    let serverSession: Http2Session | undefined;
    http2.on('stream', (stream) => {
      serverSession = stream.session;
      stream.on('error', () => {});
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5' }));
      stream.end('content');
    });
    await fetchOnce(session, { ':path': '/a', 'user-agent': 'test' });
    const canceled = session.request({ ':path': '/b', ':method': 'POST' });
    await once(canceled, 'response');
    canceled.close(8);
    await once(canceled, 'close');
    await new Promise((done) => session.ping(done));
    await new Promise((done) => serverSession?.ping(done));
  });
}

/** Both sides ping; the client closes with a code and a reason. */
function webSocket(): readonly Burst[] {
  return [
    client('GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    server('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    client(Uint8Array.of(0x89, 0x80, 0, 0, 0, 0)),
    server(Uint8Array.of(0x8a, 0)),
    server(Uint8Array.of(0x89, 0)),
    client(Uint8Array.of(0x8a, 0x80, 0, 0, 0, 0)),
    client(Uint8Array.of(0x88, 0x85, 0, 0, 0, 0, 3, 0xe8, ...Buffer.from('bye'))),
    server(Uint8Array.of(0x88, 2, 3, 0xe8)),
  ];
}

function client(bytes: string | Uint8Array): Burst {
  return { fromClient: true, bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes };
}

function server(bytes: string | Uint8Array): Burst {
  return { ...client(bytes), fromClient: false };
}

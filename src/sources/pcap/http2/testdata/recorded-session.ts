import { once } from 'node:events';
import http2 from 'node:http2';
import { duplexPair } from 'node:stream';

/** Bytes of one direction, in the order in which both directions were written. */
export interface Piece {
  readonly fromClient: boolean;
  readonly bytes: Uint8Array;
}

export interface Session {
  readonly client: http2.ClientHttp2Session;
  readonly server: http2.Http2Server;
}

/** What Node's own HTTP/2 (nghttp2) writes on both sides while `act` uses it. No network is involved. */
export async function recordSession(
  act: (session: Session) => Promise<void>,
  settings: http2.Settings = {},
): Promise<Piece[]> {
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
  const server = http2.createServer({ settings });
  server.emit('connection', serverEnd);
  const client = http2.connect('http://shop.example', { createConnection: () => clientEnd, settings });
  await act({ client, server });
  client.close();
  await once(client, 'close');
  return pieces;
}

/** One request and its response's status, read to the end. */
export async function fetchOnce(
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<number> {
  const stream = client.request(headers);
  stream.end(body);
  const [response] = await once(stream, 'response');
  stream.resume();
  if (!stream.readableEnded) await once(stream, 'end');
  return response[':status'];
}

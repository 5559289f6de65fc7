import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback that answers as the test says, and may change its mind. */
export class HttpServer implements AsyncDisposable {
  readonly #server: Server;
  readonly requests: IncomingMessage[] = [];
  answer: Handler;

  private constructor(server: Server, answer: Handler) {
    this.#server = server;
    this.answer = answer;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.requests.push(request);
      this.answer(request, response);
    });
  }

  static async start(answer: Handler, tls?: { cert: Buffer; key: Buffer; ca?: Buffer }): Promise<HttpServer> {
    const server = tls
      ? createTlsServer({ ...tls, ...(tls.ca && { requestCert: true, rejectUnauthorized: true }) })
      : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HttpServer(server as Server, answer);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function sending(body: string | Buffer, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(200, headers).end(body);
  };
}

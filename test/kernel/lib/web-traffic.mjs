/**
 * A small HTTP server and clients for the demonstrations, each a process of its own, as they would be.
 *
 *   web-traffic.mjs serve PORT WORK_MILLIS keep|close|leak [ADDRESS]
 *       one thread; WORK_MILLIS is how long it is busy with each request. It closes every connection after its
 *       response (close), never closes any (leak).
 *   web-traffic.mjs load PORT CLIENTS SECONDS PAUSE_MILLIS keep|once|leave [ADDRESS]
 *       CLIENTS at once, one request after another on one connection (keep), each on a new one that the client closes
 *       (once), or one request and a FIN (leave).
 *   web-traffic.mjs stream PORT SECONDS
 *       as many bytes as TCP takes, over one connection to itself.
 */
import { createServer, Socket } from 'node:net';

const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const [command, portText, ...rest] = process.argv.slice(2);
const port = Number(portText);

/** Keeps the thread, without using the CPU: the server is waiting for something, as slow servers do. */
function work(millis) {
  if (millis > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
}

function serve(workMillis, manner, address = '127.0.0.1') {
  const server = createServer({ allowHalfOpen: manner === 'leak', noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      work(workMillis);
      if (manner === 'close') socket.end(RESPONSE);
      else socket.write(RESPONSE);
    });
  });
  server.listen(port, address, 511, () => process.stdout.write('listening\n'));
}

function load(clients, seconds, pauseMillis, manner, address = '127.0.0.1') {
  const end = Date.now() + seconds * 1000;
  let requests = 0;
  const ask = (socket) => socket.write('GET / HTTP/1.1\r\nHost: demo\r\n\r\n');
  const open = () => {
    if (Date.now() >= end) return;
    const socket = new Socket();
    let answered = false;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!answered || manner !== 'keep') setTimeout(open, pauseMillis);
    });
    socket.on('data', () => {
      requests++;
      answered = true;
      if (Date.now() >= end || manner === 'once' || manner === 'leave') socket.end();
      else setTimeout(() => ask(socket), pauseMillis);
      if (manner === 'leave') setTimeout(open, pauseMillis);
    });
    socket.connect(port, address, () => ask(socket));
  };
  for (let client = 0; client < clients; client++) open();
  setTimeout(
    () => {
      process.stdout.write(`${JSON.stringify({ requests })}\n`, () => process.exit(0));
    },
    seconds * 1000 + 200,
  );
}

function stream(seconds) {
  const bytes = Buffer.alloc(1 << 20);
  createServer((socket) => socket.resume()).listen(port, '127.0.0.1', () => {
    const socket = new Socket();
    const send = () => socket.write(bytes);
    socket.on('drain', send).connect(port, '127.0.0.1', send);
    setTimeout(() => process.exit(0), seconds * 1000);
    process.stdout.write('listening\n');
  });
}

if (command === 'stream') stream(Number(rest[0]));
else if (command === 'serve') serve(Number(rest[0]), rest[1], rest[2]);
else load(Number(rest[0]), Number(rest[1]), Number(rest[2]), rest[3], rest[4]);

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Conversation, exchangeText, type Said } from '../protocol/testdata/conversation.ts';

/** 17 bytes and the target. */
const get = (target: string): Said => ['client', `GET ${target} HTTP/1.1\r\n\r\n`];
/** 38 bytes and the body. */
const ok = (body = ''): Said => [
  'server',
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
];
const server = (text: string): Said => ['server', text];
const client = (text: string): Said => ['client', text];

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n';

interface Case {
  readonly name: string;
  readonly said: readonly Said[];
  readonly exchanges: readonly string[];
  /** Where a message begins is told from where a segment does. */
  readonly bySegments?: boolean;
}

const CASES: readonly Case[] = [
  {
    name: 'one request after the other',
    said: [get('/a'), ok('x'), get('/b'), ok('yy')],
    exchanges: ['GET /a 200 19>39', 'GET /b 200 19>40'],
  },
  {
    name: 'a head and a body in pieces',
    said: [
      client('PO'),
      client('ST /a HTTP/1.1\r\nContent-Le'),
      client('ngth: 5\r\n\r'),
      client('\nab'),
      client('cde'),
      server('HTTP/1.'),
      server('1 204 No Content\r\n\r'),
      server('\n'),
    ],
    exchanges: ['POST /a 204 44>27'],
  },
  {
    name: 'a pipeline, in one segment and answered in one',
    said: [
      client(`${get('/a')[1]}${get('/b')[1]}${get('/c')[1]}`),
      server(`${ok('x')[1]}${ok()[1]}`),
      ok('z'),
    ],
    exchanges: ['GET /a 200 19>39', 'GET /b 200 19>38 pipelined=1', 'GET /c 200 19>39 pipelined=2'],
  },
  {
    name: 'a chunked body with an extension, and trailers',
    said: [
      get('/a'),
      server(`${CHUNKED}3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nDigest: z\r\n\r\n`),
      get('/b'),
      ok(),
    ],
    exchanges: ['GET /a 200 19>96', 'GET /b 200 19>38'],
  },
  {
    name: 'a chunked request',
    said: [client('POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n'), ok()],
    exchanges: ['POST /a 200 60>38'],
  },
  {
    name: 'no body after HEAD, 204 and 304, whatever the length says',
    said: [
      client('HEAD /a HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n'),
      get('/b'),
      server('HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n'),
      get('/c'),
      server('HTTP/1.1 204 No Content\r\nContent-Length: 5000\r\n\r\n'),
      get('/d'),
      ok(),
    ],
    exchanges: ['HEAD /a 200 20>41', 'GET /b 304 19>51', 'GET /c 204 19>49', 'GET /d 200 19>38'],
  },
  {
    name: '100 Continue and 103 Early Hints belong to the request',
    said: [
      client('POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n'),
      server('HTTP/1.1 100 Continue\r\n\r\n'),
      client('abc'),
      server('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'),
      ok(),
    ],
    exchanges: ['POST /a 200 64>100 interim=2'],
  },
  {
    name: 'a response before the request is complete',
    said: [
      client('POST /a HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc'),
      server('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'),
      client('def'),
      get('/b'),
      ok(),
    ],
    exchanges: ['POST /a 413 45>45', 'GET /b 200 19>38'],
  },
  {
    name: 'a body that the close ends, also of HTTP/1.0',
    said: [client('GET /a HTTP/1.0\r\n\r\n'), server('HTTP/1.0 200 OK\r\n\r\n<html>'), server('</html>')],
    exchanges: ['GET /a 200 19>32'],
  },
  {
    name: 'a body without an end on a connection that goes on all the same',
    said: [get('/a'), server('HTTP/1.1 200 OK\r\n\r\nabc'), get('/b'), ok()],
    exchanges: ['GET /a 200 19>22', 'GET /b 200 19>38 pipelined=1'],
    bySegments: true,
  },
  {
    name: 'empty lines before a message are none of it',
    said: [client('\r\n'), get('/a'), server('\r\n\r\n'), ok(), client('\n'), get('/b'), ok()],
    exchanges: ['GET /a 200 19>38 skipped=6', 'GET /b 200 19>38 skipped=1'],
  },
  {
    name: 'rubbish between messages is passed over',
    said: [get('/a'), ok(), client('xyzzy\r\nplugh\r\n'), get('/b'), server('oops\n'), ok()],
    exchanges: ['GET /a 200 19>38', 'GET /b 200 19>38 skipped=19'],
  },
  {
    name: 'a body that is longer than its length says',
    said: [get('/a'), server(`${ok('ab')[1]}cd`), get('/b'), ok()],
    exchanges: ['GET /a 200 19>40', 'GET /b 200 19>38 skipped=2'],
  },
  {
    name: 'a response without its request',
    said: [['client', 20], ok('x'), get('/b'), ok()],
    exchanges: ['200 ->39 no_request missed=20', 'GET /b 200 19>38'],
  },
  {
    name: 'a response that is not in the capture',
    said: [get('/a'), ['server', 39], get('/b'), ok()],
    exchanges: ['GET /a 19>- no_response missed=39', 'GET /b 200 19>38'],
  },
  {
    name: 'a gap within a body of known length is counted and passed',
    said: [
      get('/a'),
      server('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab'),
      ['server', 6],
      server('ij'),
      get('/b'),
      ok(),
    ],
    exchanges: ['GET /a 200 19>43 missed=6', 'GET /b 200 19>38'],
  },
  {
    name: 'a gap that takes the end of one response and the head of the next',
    said: [
      get('/a'),
      server('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab'),
      ['server', 20],
      get('/b'),
      server('rest of b'),
      get('/c'),
      ok(),
    ],
    exchanges: [
      'GET /a 200 19>41 missed=8',
      'GET /b 19>- no_response missed=12 skipped=9',
      'GET /c 200 19>38',
    ],
  },
  {
    name: 'a gap within chunks: the response goes on until the next begins',
    said: [
      get('/a'),
      server(`${CHUNKED}5\r\nab`),
      ['server', 20],
      server('zz\r\n0\r\n\r\n'),
      get('/b'),
      ok(),
    ],
    exchanges: ['GET /a 200 19>67 response_cut missed=20', 'GET /b 200 19>38'],
  },
  {
    name: 'a gap within a chunk that it does not leave',
    said: [get('/a'), server(`${CHUNKED}A\r\nab`), ['server', 6], server('ij\r\n0\r\n\r\n'), get('/b'), ok()],
    exchanges: ['GET /a 200 19>67 missed=6', 'GET /b 200 19>38'],
  },
  {
    name: 'a head that is cut off by the end',
    said: [get('/a'), server('HTTP/1.1 200 OK\r\nContent-')],
    exchanges: ['GET /a 19>25 response_cut'],
  },
  {
    name: 'a tunnel that a CONNECT opened',
    said: [
      client('CONNECT example:443 HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 200 OK\r\n\r\n'),
      client('\0\x01binary'),
      server('\0\x02'),
    ],
    exchanges: ['CONNECT example:443 200 32>19', 'turn 8>2'],
  },
  {
    name: 'a CONNECT that was refused is an exchange as any other',
    said: [
      client('CONNECT example:443 HTTP/1.1\r\n\r\n'),
      server('HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\nx'),
      get('/b'),
      ok(),
    ],
    exchanges: ['CONNECT example:443 403 32>39', 'GET /b 200 19>38'],
  },
  {
    name: 'an unknown method, and a target with blanks',
    said: [client('FROB /a b c HTTP/1.1\r\n\r\n'), ok()],
    exchanges: ['FROB /a b c 200 24>38'],
  },
  {
    name: 'requests without any response',
    said: [get('/a'), get('/b')],
    exchanges: ['GET /a 19>- no_response', 'GET /b 19>- no_response pipelined=1'],
  },
  {
    name: 'blanks before a colon are no part of the name',
    said: [
      client('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length \t: 4\r\n\r\nGET '),
      server('HTTP/1.1 200 OK\r\nContent-Length : 9\r\n\r\nHTTP/1.1 '),
      client('GET /b HTTP/1.1\r\n\r\n'),
      ok(),
    ],
    exchanges: ['POST /a 200 54>48', 'GET /b 200 19>38'],
  },
  {
    name: 'lengths that are none',
    said: [
      client('POST /a HTTP/1.1\r\nContent-Length: -5\r\n\r\n'),
      ok(),
      client('POST /b HTTP/1.1\r\nContent-Length: 1x\r\n\r\n'),
      ok(),
    ],
    exchanges: ['POST /a 200 40>38', 'POST /b 200 40>38'],
  },
];

describe('HTTP/1', () => {
  for (const { name, said, exchanges } of CASES) {
    it(name, () => {
      const events = new Conversation()
        .say(...said)
        .close()
        .events();
      const texts = events.filter(({ name: event }) => event.endsWith('.exchange')).map(exchangeText);
      assert.deepEqual(texts, exchanges);
    });
  }

  it('tells the same, however the bytes are cut', () => {
    const whole = CASES.filter(
      ({ said, bySegments }) => !bySegments && said.every(([, what]) => typeof what === 'string'),
    );
    const pieces = fc.record({
      which: fc.nat(whole.length - 1),
      sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
    });
    fc.assert(
      fc.property(pieces, ({ which, sizes }) => {
        const { said, exchanges } = whole[which];
        let cut = 0;
        const cutUp = said.flatMap(([from, what]) => {
          const parts: Said[] = [];
          let rest = what as string;
          while (rest.length > 0) {
            const size = sizes[cut++ % sizes.length];
            parts.push([from, rest.slice(0, size)]);
            rest = rest.slice(size);
          }
          return parts;
        });
        const events = new Conversation()
          .say(...cutUp)
          .close()
          .events();
        const texts = events.filter(({ name: event }) => event.endsWith('.exchange')).map(exchangeText);
        assert.deepEqual(texts, exchanges);
      }),
    );
  });

  it('loses no byte: sizes, skipped and missed add up to what the connection carried', () => {
    const words = [
      'GET /a HTTP/1.1\r\n',
      'Content-Length: 3\r\n',
      '\r\n',
      'abc',
      'HTTP/1.1 200 OK\r\n',
      '5\r\n',
      '\n',
      'x',
      'HTTP/1.1 100 Go\r\n\r\n',
      'Transfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
    ];
    const said = fc.array(
      fc.tuple(
        fc.constantFrom('client', 'server'),
        fc.oneof(fc.constantFrom(...words), fc.integer({ min: 1, max: 20 })),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(said, (mixed) => {
        const events = new Conversation()
          .say(client('GET /first HTTP/1.1\r\n\r\n'), ...(mixed as Said[]))
          .close()
          .events();
        const sum = (name: string) =>
          events.reduce((total, { attributes }) => total + ((attributes[name] as number) ?? 0), 0);
        const carried = sum('lagpipe.tcp.client.bytes') + sum('lagpipe.tcp.server.bytes');
        const exchanged = sum('http.request.size') + sum('http.response.size');
        const skipped = sum('lagpipe.exchange.skipped_bytes');
        assert.ok(exchanged + skipped <= carried, `${exchanged} + ${skipped} of ${carried}`);
        assert.ok(events.length > 0);
      }),
    );
  });

  it('at its response an exchange is sent at once, without what follows', () => {
    const conversation = new Conversation({ emitsAtResponse: true });
    conversation.say(get('/a'), server('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na'));
    assert.deepEqual(conversation.events(), []);
    const [event] = conversation.say(server('b')).events();
    assert.equal(exchangeText(event), 'GET /a 200 19>40');
    assert.equal(event.attributes['lagpipe.exchange.idle_after'], undefined);
    assert.equal(event.attributes['lagpipe.exchange.position'], 'start');
    const rest = conversation.close().events();
    assert.deepEqual(
      rest.map(({ name }) => name),
      ['tcp.connection'],
    );
  });

  it('keeps whole messages only for who names them, and only so much', () => {
    const said = [client('POST /a HTTP/1.1\r\nCookie: secret\r\nContent-Length: 3\r\n\r\nabc'), ok('xyz')];
    const all = new Conversation()
      .say(...said)
      .close()
      .events();
    assert.ok(!JSON.stringify(all).includes('secret'));
    const names = new Set([
      'lagpipe.exchange.request.raw',
      'lagpipe.http.response.body',
      'http.request.header.cookie',
    ]);
    const [event] = new Conversation({ max_text: 60 }, names)
      .say(...said)
      .close()
      .events();
    assert.deepEqual(event.attributes, {
      'lagpipe.exchange.request.raw': 'POST /a HTTP/1.1\r\nCookie: secret\r\nContent-Length: 3\r\n\r\nabc',
      'lagpipe.http.response.body': 'xyz',
      'http.request.header.cookie': 'secret',
    });
  });
});

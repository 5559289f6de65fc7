import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Batch, recordsIn } from '../src/model/batch.ts';
import { KEYWORDS } from '../src/model/line-format/keywords.ts';
import { registry } from '../src/registry.ts';
import { testContext } from './conformance/context.ts';
import { exampleConfig } from './conformance/example-config.ts';
import { ROOT } from './root.ts';

process.env.TZ = 'UTC';

const FIXTURES = join(ROOT, 'test/fixtures/pcap');
const PCAP = registry.sources.find(({ id }) => id === 'pcap')!;
const STDOUT = registry.sinks.find(({ id }) => id === 'stdout')!;

/** As it is typed in the tutorial: the blanks before the continued lines are part of it. */
const SEED = `%request.timestamp %dest.ip %dest.port \
    c=%connection.time i=%idle.time.0 req=%request.time resp=%response.time \
    i2=%idle.time.1 s=%session.time %connection %close.originator \
    req_h=%request.header.connection resp_h=%response.header.connection`;

/** The lines of a capture, when a source makes only the attributes that the sink reads. */
function linesOf(capture: string, format: string): readonly string[] {
  const sinkConfig = { ...(exampleConfig(STDOUT) as object), format, columns: undefined } as never;
  const read = STDOUT.reads?.(sinkConfig);
  assert.ok(read);
  const decode = PCAP.decoder(exampleConfig(PCAP), { ...testContext(PCAP), attributesRead: new Set(read) });
  const chunk = (name: string, bytes: Uint8Array) => ({ time: [0, 0] as const, name, bytes });
  const batches: Batch[] = [
    ...decode(chunk(capture, readFileSync(join(FIXTURES, `${capture}.pcap`)))),
    ...decode(chunk('', new Uint8Array(0))),
  ];
  const write = STDOUT.preview(sinkConfig, testContext(STDOUT));
  const exchanges = batches.filter((batch) => batch.kind === 'events' && batch.name.endsWith('.exchange'));
  const text = exchanges
    .filter((batch) => recordsIn(batch) > 0)
    .map(write)
    .join('');
  return text.split('\n').slice(0, -1);
}

/** Justniffer fills up the fraction of a second on the wrong side: 17061 µs become `.170610`. */
function asJustnifferPads(line: string): string {
  return line.replace(/\.(\d{6})/, (_, digits: string) => `.${String(Number(digits)).padEnd(6, '0')}`);
}

describe("Justniffer's command line of the tutorial", () => {
  for (const name of ['s_close', 's_kaclose', 's_ka', 's2_ka', 's2_kaclose']) {
    it(`prints of ${name}, blank for blank, what Justniffer prints`, () => {
      const expected = readFileSync(join(FIXTURES, `${name}.justniffer.log`), 'utf8')
        .split('\n')
        .slice(0, -1);
      assert.deepEqual(linesOf(name, SEED).map(asJustnifferPads), expected);
    });
  }
});

describe('a line format on packets', () => {
  it('has something to print for every keyword, but TLS, of an exchange that is the only one of its connection', () => {
    const oneLine = [...KEYWORDS.keys()].filter(
      (name) => !/header|grep|body|^request$|^response$/.test(name),
    );
    const [line] = linesOf('s_close', oneLine.map((name) => `%${name}`).join('|'));
    const missing = oneLine.filter((_, index) => line.split('|')[index] === '-');
    assert.deepEqual(missing, ['tls.sni', 'tls.version']);
  });

  it('reads no attribute that the source does not have', () => {
    const unknown = [...KEYWORDS.values()]
      .map(({ attribute }) => attribute)
      .filter(
        (name) =>
          !/^http\.(request|response)\.header\./.test(name) && !PCAP.description.includes(`\`${name}\``),
      );
    assert.deepEqual(unknown, []);
  });

  for (const [format, expected] of [
    [
      '%request.line|%request.method|%request.url|%request.protocol',
      'GET /x?m=close HTTP/1.1|GET|/x?m=close|HTTP/1.1',
    ],
    ['%response.line|%response.code|%response.message|%response.protocol', 'HTTP/1.1 200 OK|200|OK|HTTP/1.1'],
    [
      '%request.header.user-agent|%request.header.value(HOST)|%request.header.cookie(none)',
      'seed-test/1|127.0.0.1:8080|none',
    ],
    [
      '%request.header.grep(user-agent: *([^/]+)/(\\d+))|%response.grep(\\r\\n\\r\\n(.*))',
      '1|hello from server\n',
    ],
    ['%response.body', 'hello from server\n'],
    ['%request.size|%response.size|%session.requests|%connection', '93|139|1|unique'],
    [
      '%request.timestamp(%d/%b/%Y:%T %z)|%request.timestamp2',
      '20/Nov/2026:23:08:51 +0000|1795216131.017061',
    ],
    ['%connection.timestamp|%response.timestamp', '2026-11-20 23:08:51.016313|2026-11-20 23:08:51.024338'],
    ['%close.timestamp|%close.time|%close.originator', '2026-11-20 23:08:51.025421|0.001083|server'],
  ]) {
    it(format, () => {
      const lines = linesOf('s_close', format);
      assert.equal(lines.slice(0, expected.split('\n').length).join('\n'), expected);
    });
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ROOT } from '../root.ts';
import { type Finished, lagpipe, startLagpipe } from './lagpipe.ts';

const FIXTURES = join(ROOT, 'test/fixtures/pcap');
const KEEP_ALIVE = join(FIXTURES, 's_ka.pcap');
const folder = mkdtempSync(join(tmpdir(), 'lagpipe-pcap-'));
after(() => rmSync(folder, { recursive: true }));

function pcap(...arguments_: string[]): Promise<Finished> {
  return startLagpipe(['pcap', ...arguments_], { environment: { TZ: 'UTC' } }).finished;
}

describe('lagpipe pcap', () => {
  it('prints a table of exchanges, and sums up', async () => {
    const { exitCode, stdout, stderr } = await pcap(KEEP_ALIVE);
    assert.equal(exitCode, 0);
    const [header, ...rows] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    assert.deepEqual(header.slice(0, 4), ['TIME', 'CLIENT', 'SERVER', 'CODE']);
    assert.equal(rows.length, 5);
    assert.deepEqual(rows[0], [
      '23:08:59.442',
      '127.0.0.1:33786',
      '127.0.0.1:8080',
      '200',
      '27µs',
      '5.55ms',
      '5.55ms',
      '168',
      '1.4s',
      'start',
      'GET /x?m=ka',
    ]);
    assert.match(stderr, /^22 packets, 1 connection, 5 exchanges in /);
    assert.match(
      stderr,
      /\nwell: port 8080: Connections are reused well \(C4\); requests for each connection: 5\n$/,
    );
  });

  for (const [name, rule] of [
    ['s_close', 'C1'],
    ['s_kaclose', 'C2'],
    ['s2_kaclose', 'C2'],
    ['s_ka', 'C4'],
    ['s2_ka', 'C4'],
  ] as const) {
    it(`says ${rule} of ${name}, whatever is printed`, async () => {
      for (const output of [[], ['--json'], ['-l', '%request.url']]) {
        const { stderr } = await pcap(join(FIXTURES, `${name}.pcap`), ...output);
        assert.deepEqual(stderr.match(/\(C\d\)/g), [`(${rule})`]);
      }
    });
  }

  it("takes Justniffer's command line as it is", async () => {
    const { stdout, stderr, exitCode } = await pcap(
      ...['-F', '-t', '-d', '512', '-s', '1000', '-n', 'none', '-f', KEEP_ALIVE],
      ...['-l', '%request.timestamp c=%connection.time %connection %close.originator'],
    );
    assert.equal(exitCode, 0);
    assert.equal(stdout.split('\n')[0], '2026-11-20 23:08:59.442048 c=0.000027 start none');
    assert.equal(stdout.split('\n')[4], '2026-11-20 23:09:05.114233 c=none last client');
    assert.match(stderr, /^22 packets/);
  });

  it('appends to the log format of web servers, reads standard input, and is quiet when told', async () => {
    const { finished, child } = startLagpipe(['pcap', '-', '-q', '-a', ' %response.time'], {
      environment: { TZ: 'UTC' },
      input: readFileSync(KEEP_ALIVE),
    });
    assert.ok(child);
    const { stdout, stderr } = await finished;
    const line =
      '127.0.0.1 - - [20/Nov/2026:23:08:59 +0000] "GET /x?m=ka HTTP/1.1" 200 18 "" "seed-test/1" 0.005549';
    assert.equal(stdout.split('\n')[0], line);
    assert.equal(stderr, '');
  });

  it('prints JSON of exchanges and connections', async () => {
    const { stdout } = await pcap(KEEP_ALIVE, '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event);
    assert.deepEqual(events.toSorted(), [...Array(5).fill('http.exchange'), 'tcp.connection']);
  });

  it('prints what was said with -r', async () => {
    const { stdout } = await pcap(join(FIXTURES, 's_close.pcap'), '-r');
    assert.match(stdout, /^GET \/x\?m=close HTTP\/1\.1\r\n/);
    assert.equal(stdout.match(/\r\n\r\nhello from server\n/g)?.length, 4);
  });

  it('says what is wrong with a format, each mistake underlined', async () => {
    const { exitCode, stderr, stdout } = await pcap(KEEP_ALIVE, '-l', 'x %requst.url %python(y)');
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      'lagpipe pcap: -l: there is no keyword %requst.url; did you mean %request.url?\n' +
        '  x %requst.url %python(y)\n    ^\n' +
        '-l: %python is not supported: lagpipe runs no scripts; print what the script needs, or write JSON lines and pipe them into it\n' +
        '  x %requst.url %python(y)\n                ^\n',
    );
  });

  for (const [what, arguments_, expected] of [
    [
      'nothing to read',
      [],
      /^lagpipe pcap: name a capture, such as lagpipe pcap capture\.pcap, or an interface/,
    ],
    ['files and an interface', [KEEP_ALIVE, '-i', 'lo'], /captures and -i exclude each other/],
    ['two formats', [KEEP_ALIVE, '-l', '%tab', '-r'], /cannot be used with/],
    ['a line without keywords', [KEEP_ALIVE, '-l', 'abc'], /"abc" has no keyword such as %request\.url/],
    [
      'a program to run',
      [KEEP_ALIVE, '-e', 'ls'],
      /'-e, --execute <command>'.* Not supported: lagpipe runs no programs/,
    ],
    ['a filter for a file', [KEEP_ALIVE, '-p', 'tcp'], /filter works on live captures only/],
  ] as const) {
    it(`exits 2 on ${what}, and says why`, async () => {
      const { exitCode, stdout, stderr } = await pcap(...arguments_);
      assert.equal(exitCode, 2);
      assert.equal(stdout, '');
      assert.match(stderr, expected);
    });
  }

  const text = join(folder, 'notes.pcap');
  writeFileSync(text, 'no packets in here\n');
  for (const [what, path, expected] of [
    ['no such file', join(folder, 'none.pcap'), /^error cannot read .*none\.pcap: /],
    ['a file of something else', text, /^error no capture: .*notes\.pcap is text/],
    ['a folder without captures', join(ROOT, 'pipelines'), /^error no capture in the folder /],
  ] as const) {
    it(`exits 1 on ${what}, and says why in one line`, async () => {
      const { exitCode, stdout, stderr } = await pcap(path);
      assert.equal(exitCode, 1);
      assert.equal(stdout, '');
      assert.match(stderr, expected);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
    });
  }

  it('prints what a broken capture still has, says where it breaks, and exits 1', async () => {
    const path = join(folder, 'broken.pcap');
    const whole = readFileSync(KEEP_ALIVE);
    writeFileSync(path, whole.subarray(0, whole.length - 10));
    const { exitCode, stdout, stderr } = await pcap(path, '-l', '%request.url %close.originator');
    assert.equal(exitCode, 1);
    assert.equal(stdout.trimEnd().split('\n').length, 5);
    assert.match(
      stderr,
      /^error .*broken\.pcap: the file ends within the record at byte \d+; all before it was read\n21 packets/,
    );
  });

  it('explains itself with examples', async () => {
    const { exitCode, stdout } = await lagpipe('pcap', '--help');
    assert.equal(exitCode, 0);
    assert.match(stdout, /Examples:\n {2}\$ lagpipe pcap capture\.pcap\n/);
    assert.doesNotMatch(stdout, /--execute|--filecap/);
  });
});

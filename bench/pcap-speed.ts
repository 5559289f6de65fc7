import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CAPTURE_TOOLS,
  firstPackets,
  httpCapture,
  missingTools,
  sameUnderOtherNames,
} from './http-capture.ts';
import { measuredRun, type Run } from './measured-run.ts';
import { median, millions, type Row, type Scenario, times } from './scenario.ts';

const PACKETS = 3_000_000;
const RUNS = 3;
/** tshark is slow, and its memory grows with the file: it reads the beginning, and the rate is compared. */
const TSHARK_PACKETS = 200_000;
/** More than 4 GB. */
const TIMES_OVER = 4;
const LAGPIPE = join(import.meta.dirname, '../scripts/lagpipe.mjs');

/** The line of the tutorial on Justniffer. */
const FORMAT =
  '%request.timestamp %dest.ip %dest.port c=%connection.time i=%idle.time.0 req=%request.time resp=%response.time ' +
  'i2=%idle.time.1 s=%session.time %connection %close.originator req_h=%request.header.connection resp_h=%response.header.connection';

const TSHARK_FIELDS = [
  ...['frame.time_epoch', 'ip.dst', 'tcp.dstport', 'http.request.uri', 'http.response.code', 'http.time'],
  ...['http.connection', 'tcp.stream', 'tcp.time_delta'],
];

interface Contender {
  readonly what: string;
  readonly command: readonly string[];
  readonly packets: number;
  readonly bytes: number;
}

async function contenders(): Promise<readonly Contender[]> {
  const path = await httpCapture(PACKETS);
  const slice = firstPackets(path, TSHARK_PACKETS);
  const fields = TSHARK_FIELDS.flatMap((field) => ['-e', field]);
  const whole = { packets: PACKETS, bytes: statSync(path).size };
  return [
    {
      what: "lagpipe pcap -l, Justniffer's 13 columns",
      command: [process.execPath, LAGPIPE, 'pcap', path, '-q', '-l', FORMAT],
      ...whole,
    },
    {
      what: `the same file ${TIMES_OVER} times over: memory must not grow with it`,
      command: [
        process.execPath,
        LAGPIPE,
        'pcap',
        ...sameUnderOtherNames(path, TIMES_OVER),
        '-q',
        '-l',
        FORMAT,
      ],
      packets: whole.packets * TIMES_OVER,
      bytes: whole.bytes * TIMES_OVER,
    },
    {
      what: 'lagpipe pcap --json, all attributes',
      command: [process.execPath, LAGPIPE, 'pcap', path, '-q', '--json'],
      ...whole,
    },
    {
      what: `tshark -Y http -T fields (the first ${TSHARK_PACKETS / 1000} k packets)`,
      command: ['tshark', '-n', '-r', slice, '-Y', 'http', '-T', 'fields', ...fields],
      packets: TSHARK_PACKETS,
      bytes: statSync(slice).size,
    },
    {
      what: 'the floor: tcpdump -w /dev/null',
      command: ['tcpdump', '-r', path, '-w', '/dev/null', '-Z', 'root'],
      ...whole,
    },
  ];
}

/** Two programs have to find the same in the same packets before their speed is compared. */
async function agreement(): Promise<Row> {
  const slice = firstPackets(await httpCapture(PACKETS), TSHARK_PACKETS);
  const requests = (file: string, ...rest: string[]) =>
    execFileSync(file, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 })
      .split('\n')
      // Connections without a request are lines as well.
      .filter((line) => /^[A-Z]+$/.test(line)).length;
  const fields = ['-Y', 'http.request', '-T', 'fields', '-e', 'http.request.method'];
  const own = requests(process.execPath, LAGPIPE, 'pcap', slice, '-q', '-l', '%request.method');
  return {
    what: `requests in the first ${TSHARK_PACKETS / 1000} k packets: lagpipe, tshark`,
    value: `${own}, ${requests('tshark', '-n', '-r', slice, ...fields)}`,
  };
}

export const pcapSpeed: Scenario = {
  name: 'pcap speed',
  question: `How fast are the exchanges read out of one capture of nginx and wrk, ${PACKETS / 1e6} million packets?`,
  aim: '2 M packets/s on one thread in less than 150 MB; justniffer does 0.48 M, tshark 0.05 M on the reference capture',
  async measure(): Promise<readonly Row[]> {
    const missing = missingTools([...CAPTURE_TOOLS, 'tshark']);
    if (missing.length > 0) {
      return [{ what: 'not measured', value: `missing: apt-get install ${missing.join(' ')}` }];
    }
    const rows: Row[] = [];
    let reference: number | undefined;
    for (const contender of await contenders()) {
      const runs: Run[] = [];
      for (let run = 0; run < RUNS; run++) runs.push(await measuredRun(contender.command));
      const rate = contender.packets / median(runs.map(({ wallSeconds }) => wallSeconds));
      reference ??= rate;
      rows.push({ what: contender.what, value: resultOf(contender, runs), ratio: times(rate, reference) });
    }
    return [...rows, await agreement()];
  },
};

function resultOf({ packets, bytes }: Contender, runs: readonly Run[]): string {
  const wall = median(runs.map(({ wallSeconds }) => wallSeconds));
  const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const peak = Math.max(...runs.map(({ peakMebibytes }) => peakMebibytes));
  const megabytes = (bytes / wall / 1e6).toFixed(0);
  return `${millions(packets / wall)} packets, ${megabytes} MB/s; ${millions(packets / cpu)} of CPU time; peak ${peak.toFixed(0)} MiB`;
}

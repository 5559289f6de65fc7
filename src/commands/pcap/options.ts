import { type Command, InvalidArgumentError, Option } from 'commander';

/** `lagpipe pcap`, as it was typed. */
export interface PcapOptions {
  readonly interface?: string;
  readonly packetFilter?: string;
  readonly logFormat?: string;
  readonly appendLogFormat?: string;
  readonly raw: boolean;
  readonly json: boolean;
  readonly notFound: string;
  readonly unprintable: boolean;
  readonly hexEncode: boolean;
  readonly captureInTheMiddle: boolean;
  readonly tunnels: boolean;
  readonly maxTcpStreams?: number;
  readonly for?: number;
  readonly quiet: boolean;
}

/** Options of Justniffer's that change nothing here, so that its command lines work. */
const NEEDLESS = ['-F, --force-read-pcap', '-t, --truncated', '-d, --max-fragmented-ip <number>'];

/** Options of Justniffer's that run programs or scripts. */
const REFUSED = [
  '-e, --execute <command>',
  '-U, --user <user>',
  '-P, --python <script>',
  '-c, --config <file>',
  '-N, --no-newline',
];

const INSTEAD =
  'Not supported: lagpipe runs no programs and reads options from no file. Print what is needed and pipe it, or write a pipeline file (lagpipe run).';

/** The letters are Justniffer's, so that a line that starts it starts this. */
export function addPcapOptions(command: Command, duration: (text: string) => number): Command {
  command
    .option('-i, --interface <name>', 'capture live on this network interface, or on any')
    .option('-p, --packet-filter <filter>', "live: which packets, in tcpdump's language, as in 'tcp port 80'")
    .option(
      '-l, --log-format <format>',
      'one such line per exchange: %request.timestamp %dest.ip %response.time',
    )
    .option('-a, --append-log-format <format>', 'the log format of web servers, and this behind it')
    .option('-r, --raw', 'whole requests and responses, as -l %request%response', false)
    .option('-n, --not-found <text>', 'what is printed for a value that is not there', '-')
    .option('-u, --unprintable', 'dots for unprintable bytes', false)
    .option('-x, --hex-encode', '[0x1b] for unprintable bytes', false)
    .option('--json', 'one JSON object per line, of exchanges and of connections', false)
    .option('-m, --capture-in-the-middle', 'also connections of whose beginning nothing tells', false)
    .option('--tunnels', 'also look inside of VXLAN, Geneve, GRE and IP in IP', false)
    .option('-s, --max-tcp-streams <number>', 'how many connections to follow at once', wholeNumber)
    .option('--for <duration>', 'live: stop after this long, such as 30s', duration)
    .option('-q, --quiet', 'no progress, no summary', false)
    .addOption(new Option('-f, --filecap <file>', "Justniffer's way to name a file").hideHelp());
  for (const flags of NEEDLESS) command.addOption(new Option(flags).hideHelp());
  for (const flags of REFUSED) {
    const refuse = () => {
      throw new InvalidArgumentError(INSTEAD);
    };
    command.addOption(new Option(flags).hideHelp().argParser(refuse));
  }
  for (const [one, other] of [
    ['logFormat', 'appendLogFormat'],
    ['logFormat', 'raw'],
    ['appendLogFormat', 'raw'],
    ['json', 'logFormat'],
    ['json', 'appendLogFormat'],
    ['json', 'raw'],
    ['unprintable', 'hexEncode'],
  ]) {
    command.options.find((option) => option.attributeName() === one)?.conflicts(other);
  }
  return command;
}

function wholeNumber(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

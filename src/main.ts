import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { doctor } from './commands/doctor/index.ts';
import { dryRun } from './commands/dry-run.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './commands/exit-codes.ts';
import { grant } from './commands/grant.ts';
import { LISTED, list } from './commands/list.ts';
import { listHost } from './commands/list-host.ts';
import { pcap } from './commands/pcap/index.ts';
import { addPcapOptions, type PcapOptions } from './commands/pcap/options.ts';
import { run } from './commands/run.ts';
import { schema } from './commands/schema.ts';
import { validate } from './commands/validate.ts';
import { parseDurationMillis } from './lib/duration.ts';
import { VERSION } from './pipeline/resource.ts';

const FILES = 'pipeline files; - reads standard input';

/** The command line. Each command returns the exit code; only the last line of this file ends the process. */
function commandLine(finish: (code: number) => void): Command {
  const program = new Command('lagpipe')
    .description('Where does the wait come from? A pipeline agent for network latency.')
    .version(VERSION)
    .exitOverride()
    .addHelpText(
      'after',
      examples('lagpipe doctor', 'lagpipe run pipelines/default.yaml', 'lagpipe validate pipelines/*.yaml'),
    );

  program
    .command('doctor')
    .description(
      'measure all that this host allows, say what is wrong and what to do; exits 3 when it is critical',
    )
    .addOption(durationOption('how long to look', '30s'))
    .option('--json', 'print one JSON object instead of a report', false)
    .option('--linkerd <url>', 'also ask linkerd 1.x at its admin port; may be repeated', collect)
    .option('--prometheus <url>', 'also ask a Prometheus endpoint; may be repeated', collect)
    .addHelpText(
      'after',
      examples(
        'lagpipe doctor',
        'lagpipe doctor --for 10s --json',
        'lagpipe doctor --linkerd http://localhost:9990',
      ),
    )
    .action(async (options: { for: number; json: boolean; linkerd?: string[]; prometheus?: string[] }) =>
      finish(await doctor({ linkerd: [], prometheus: [], ...options, forMillis: options.for })),
    );

  program
    .command('run')
    .description('measure, until Ctrl-C or until the sources run out')
    .argument('<file...>', FILES)
    .option('--for <duration>', 'stop by itself after this long, such as 30s', durationArgument)
    .option('--stats', 'on exit, say for every component what came in, went out and was dropped', false)
    .addHelpText(
      'after',
      examples(
        'lagpipe run pipelines/tcpconnlat.yaml',
        'lagpipe run pipelines/default.yaml --for 30s --stats',
      ),
    )
    .action(async (files: string[], options: { for?: number; stats: boolean }) =>
      finish(await run(files, { forMillis: options.for, stats: options.stats })),
    );

  addPcapOptions(
    program
      .command('pcap')
      .description('every request in captured packets, with its timing, as Justniffer prints them')
      .argument(
        '[file...]',
        'captures (pcap, pcapng, packed or not), folders of them, or - for standard input',
      ),
    durationArgument,
  )
    .addHelpText(
      'after',
      examples(
        'lagpipe pcap capture.pcap',
        "lagpipe pcap capture.pcap -l '%request.timestamp %request.url %response.time %connection'",
        "sudo lagpipe pcap -i lo -p 'tcp port 8080'",
        "tcpdump -w - 'tcp port 80' | lagpipe pcap -",
      ),
    )
    .action(async (files: string[], { filecap, ...options }: PcapOptions & { readonly filecap?: string }) =>
      finish(await pcap(filecap === undefined ? files : [filecap, ...files], options)),
    );

  program
    .command('validate')
    .description('check pipeline files, all mistakes at once; exits 78 when there is one')
    .argument('<file...>', FILES)
    .addHelpText('after', examples('lagpipe validate pipelines/*.yaml'))
    .action(async (files: string[]) => finish(await validate(files)));

  program
    .command('dry-run')
    .description('measure for real, but print what the sinks would send instead of sending it')
    .argument('<file...>', FILES)
    .addOption(durationOption('how long to measure', '10s'))
    .option('--stats', 'on exit, say for every component what came in, went out and was dropped', false)
    .addHelpText('after', examples('lagpipe dry-run pipelines/otlp.yaml --for 5s'))
    .action(async (files: string[], options: { for: number; stats: boolean }) =>
      finish(await dryRun(files, { forMillis: options.for, stats: options.stats })),
    );

  program
    .command('list')
    .description('the components that a pipeline file can name, or what one of them sends')
    .addArgument(new Argument('[what]', 'a kind, or one component').choices(LISTED))
    .option('--host', 'instead, which ways to measure in the kernel this host allows, by trying each', false)
    .addHelpText(
      'after',
      examples('lagpipe list sources', 'lagpipe list ebpf_tcp_life', 'lagpipe list --host'),
    )
    .action(async (what: string | undefined, options: { host: boolean }) =>
      finish(await (options.host ? listHost() : list(what))),
    );

  program
    .command('grant')
    .description('as root: let the users of a group measure, by capabilities of the loader alone')
    .option('--group <name>', 'who may run the loader; default: the group of the user who called sudo')
    .option('--revoke', 'take the capabilities away again', false)
    .addHelpText('after', examples('sudo npx lagpipe grant', 'sudo npx lagpipe grant --revoke'))
    .action((options: { group?: string; revoke: boolean }) => finish(grant(options)));

  program
    .command('schema')
    .description('print the JSON Schema of pipeline files')
    .addHelpText('after', examples('lagpipe schema > pipeline.schema.json'))
    .action(async () => finish(await schema()));

  return program;
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
}

/** `--for`, with its default as a person writes it. */
function durationOption(description: string, standard: string): Option {
  return new Option('--for <duration>', description)
    .argParser(durationArgument)
    .default(durationArgument(standard), standard);
}

function durationArgument(text: string): number {
  const millis = parseDurationMillis(text);
  if (millis === undefined || millis <= 0)
    throw new InvalidArgumentError('Write a number and a unit, such as 30s or 5m.');
  return millis;
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

async function main(arguments_: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  try {
    await commandLine((code) => {
      exitCode = code;
    }).parseAsync(arguments_, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Asking for help is no mistake; commander has already printed what is.
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`lagpipe: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(EXIT_FAILED);
  },
);

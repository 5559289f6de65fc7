import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { HeldProcessor } from './held-processor.ts';
import { trafficBinary } from './host.ts';

const run = promisify(execFile);
let made = 0;

/** A network namespace of the test's own with loopback up: nothing in it reaches the outside. */
export class NetworkNamespace implements Disposable {
  readonly name = `lagpipe-test-${process.pid}-${made++}`;

  constructor() {
    execFileSync('ip', ['netns', 'add', this.name]);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Not `ip -n`, which mounts and so fails in a chroot. */
  ip(...arguments_: string[]): void {
    this.execute('ip', ...arguments_);
  }

  /**
   * The command line that runs a command inside. Not `ip netns exec`: that mounts a fresh /sys, and with it the
   * cgroup file system would be gone.
   */
  command(...command: string[]): string[] {
    return ['nsenter', `--net=/run/netns/${this.name}`, ...command];
  }

  execute(...command: string[]): string {
    const [file, ...rest] = this.command(...command);
    return execFileSync(file, rest, { encoding: 'utf8' });
  }

  /** Reads rules in nft's language, as `nft -f` does. */
  nft(ruleset: string): void {
    const [file, ...rest] = this.command('nft', '-f', '-');
    execFileSync(file, rest, { input: ruleset });
  }

  sysctl(name: string, value: string): void {
    this.execute('sysctl', '-qw', `${name}=${value}`);
  }

  /** What the kernel itself counted here, such as `Tcp` `RetransSegs`: a line of names, then one of values. */
  counter(protocol: string, name: string): number {
    const lines = this.execute('cat', '/proc/net/snmp', '/proc/net/netstat').split('\n');
    const [names, values] = lines
      .filter((line) => line.startsWith(`${protocol}:`))
      .map((line) => line.split(' '));
    return Number(values[names.indexOf(name)]);
  }

  /** Runs the traffic generator inside and returns what it says it did. */
  async traffic(...arguments_: string[]): Promise<Record<string, number>> {
    return await this.#said(trafficBinary(), ...arguments_);
  }

  /** The same for traffic that the kernel's timers drive: what is sent again, given up or delayed. */
  async timedTraffic(...arguments_: string[]): Promise<Record<string, number>> {
    using processor = new HeldProcessor();
    return await this.#said(...processor.prefix, trafficBinary(), ...arguments_);
  }

  async #said(...command: string[]): Promise<Record<string, number>> {
    const [file, ...rest] = this.command(...command);
    const { stdout } = await run(file, rest, { timeout: 60_000 });
    return JSON.parse(stdout);
  }

  [Symbol.dispose](): void {
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}

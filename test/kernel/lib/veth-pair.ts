import { whyNoIp } from './host.ts';
import { NetworkNamespace } from './network-namespace.ts';

/** What the receiver's end has. */
export const ADDRESS = { 4: '192.0.2.1', 6: '2001:db8::1' } as const;

/** Two hosts with a cable between them: network namespaces that a veth pair joins. */
export class VethPair implements Disposable {
  readonly receiver = new NetworkNamespace();
  readonly sender = new NetworkNamespace();

  constructor() {
    const peer = ['peer', 'name', 'eth0', 'netns', this.sender.name];
    this.receiver.ip('link', 'add', 'eth0', 'type', 'veth', ...peer);
    for (const [namespace, host] of [
      [this.receiver, 1],
      [this.sender, 2],
    ] as const) {
      namespace.ip('link', 'set', 'eth0', 'up');
      namespace.ip('address', 'add', `192.0.2.${host}/24`, 'dev', 'eth0');
      if (whyNoIp(6) === undefined)
        namespace.ip('address', 'add', `2001:db8::${host}/64`, 'dev', 'eth0', 'nodad');
    }
  }

  /** Makes the way from the sender to the receiver worse, in the words of tc-netem(8): `loss`, `10%`. */
  impair(...netem: string[]): void {
    this.sender.execute('tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', 'netem', ...netem);
  }

  /** Messages from the sender to the receiver; resolves to how many were sent and how many arrived. */
  messages(
    protocol: string,
    version: 4 | 6,
    count: number,
    how: 'lockstep' | 'burst',
  ): Promise<Record<string, number>> {
    const sender = `/run/netns/${this.sender.name}`;
    return this.receiver.traffic('across', sender, protocol, ADDRESS[version], `${count}`, how);
  }

  [Symbol.dispose](): void {
    this.receiver[Symbol.dispose]();
    this.sender[Symbol.dispose]();
  }
}

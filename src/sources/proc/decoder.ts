import type { ComponentContext, Decode } from '../../component.ts';
import type { Resource } from '../../model/attributes.ts';
import { conntrackDecoders } from './decode-conntrack.ts';
import { cpuDecoder, type OnlineCpus } from './decode-cpu.ts';
import { interruptsDecoder } from './decode-interrupts.ts';
import { ksoftirqdDecoder } from './decode-ksoftirqd.ts';
import { netdevDecoder } from './decode-netdev.ts';
import { type FieldChoice, netstatDecoder, snmp6Decoder } from './decode-netstat.ts';
import { pressureDecoder } from './decode-pressure.ts';
import { decodeSockstat } from './decode-sockstat.ts';
import { softirqsDecoder } from './decode-softirqs.ts';
import { softnetDecoder } from './decode-softnet.ts';
import { decodeSysctl } from './decode-sysctl.ts';
import type { DecodeFile, KernelBits } from './decoded.ts';
import { NAMESPACE } from './files.ts';

export interface DecoderOptions {
  readonly fields: FieldChoice;
  readonly kernelBits: KernelBits;
  /** As the user named it; absent for the agent's own. */
  readonly netns?: string | undefined;
}

/** A chunk's bytes to one batch, by the chunk's name. What cannot be read is counted, never thrown. */
export function procDecoder(options: DecoderOptions, context: ComponentContext): Decode {
  const { resource, scope, counters } = context;
  const hostDecoders = decodersOfHost();
  let netDecoders = decodersOfNamespace(options);
  const netResource = resourceOf(resource, options.netns);
  return ({ name, time, bytes }) => {
    if (name === NAMESPACE) {
      // Another namespace: its counters are not those from before.
      netDecoders = decodersOfNamespace(options);
      return [];
    }
    const ofNamespace = netDecoders.get(name);
    const decode = ofNamespace ?? hostDecoders.get(name);
    if (!decode) {
      counters.dropped('unknown_file', 1);
      return [];
    }
    const { metrics, malformed } = decode(bytes, time);
    if (malformed > 0) counters.dropped('malformed_line', malformed);
    if (metrics.length === 0) return [];
    return [{ kind: 'metrics', resource: ofNamespace ? netResource : resource, scope, metrics }];
  };
}

function decodersOfNamespace({ fields, kernelBits }: DecoderOptions): ReadonlyMap<string, DecodeFile> {
  const conntrack = conntrackDecoders();
  return new Map<string, DecodeFile>([
    ['net/netstat', netstatDecoder(fields, kernelBits)],
    ['net/snmp', netstatDecoder(fields, kernelBits)],
    ['net/snmp6', snmp6Decoder(fields, kernelBits)],
    ['net/sockstat', decodeSockstat],
    ['net/sockstat6', decodeSockstat],
    ['net/dev', netdevDecoder(kernelBits)],
    ['conntrack', conntrack.sizes],
    ['net/stat/nf_conntrack', conntrack.events],
  ]);
}

/** `softnet_stat` is below `net` and yet of the whole host, in every namespace. */
function decodersOfHost(): ReadonlyMap<string, DecodeFile> {
  const online: OnlineCpus = { time: [0, 0], cpus: [] };
  return new Map<string, DecodeFile>([
    ['stat', cpuDecoder(online)],
    ['net/softnet_stat', softnetDecoder(online)],
    ['softirqs', softirqsDecoder()],
    ['interrupts', interruptsDecoder()],
    ['ksoftirqd', ksoftirqdDecoder()],
    ['sysctl', decodeSysctl],
    ['pressure/cpu', pressureDecoder('cpu')],
    ['pressure/memory', pressureDecoder('memory')],
    ['pressure/io', pressureDecoder('io')],
    ['pressure/irq', pressureDecoder('irq')],
  ]);
}

function resourceOf(resource: Resource, netns: string | undefined): Resource {
  if (netns === undefined) return resource;
  return { attributes: { ...resource.attributes, 'lagpipe.netns.name': netns } };
}

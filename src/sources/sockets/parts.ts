import type { ComponentContext } from '../../component.ts';
import type { PartStatus } from '../../model/telemetry.ts';

/** What a person can do about a part that does not work. The words for eBPF programs would send them the wrong way. */
const NAMESPACES =
  'run as root (entering other network namespaces takes CAP_SYS_ADMIN, finding those of all processes CAP_SYS_PTRACE too), or leave network_namespaces at [own]';
const ONE_NAMESPACE = '`ip netns list` shows the names that there are';

/** The same context, with words about sockets in what it reports of parts. */
export function withPartRemedies<C extends ComponentContext>(context: C): C {
  return { ...context, report: (status: PartStatus) => context.report(withRemedy(status)) };
}

function withRemedy(status: PartStatus): PartStatus {
  if (status.state !== 'failed' || status.part === '') return status;
  if (status.part === 'namespaces') {
    const [, reason = status.detail] = /\((.*)\)$/.exec(status.detail) ?? [];
    return { ...status, detail: reason, remedy: NAMESPACES };
  }
  return { ...status, remedy: ONE_NAMESPACE };
}

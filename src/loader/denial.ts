import type { PartStatus } from '../model/telemetry.ts';

export type Explanation = Required<Pick<PartStatus, 'detail' | 'remedy'>>;

const GRANT =
  '`sudo npx lagpipe grant` once, and then again as this user; or run as root, as with `sudo npm start`';

/** What each of the loader's codes means to the person who reads it, and what they can do. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  missing_capability: {
    detail: 'measuring in the kernel needs rights that this user does not have',
    remedy: `run ${GRANT}`,
  },
  not_permitted: {
    detail:
      'the kernel refused although the loader has its capabilities: a container, seccomp or a security module forbids bpf(2)',
    remedy:
      'in a container allow the bpf system call and add the capabilities BPF, PERFMON and NET_ADMIN (docker run --privileged shows whether that is it)',
  },
  lockdown: {
    detail: 'the kernel is locked down (kernel_lockdown(7)) and refuses this kind of probe',
    remedy:
      '`cat /sys/kernel/security/lockdown` shows the level; integrity is enough for the hooks, confidentiality is not',
  },
  no_btf: {
    detail:
      'this kernel does not describe its own types (no /sys/kernel/btf/vmlinux), so its records cannot be read',
    remedy:
      'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, as current Debian, Ubuntu, Fedora and Alpine kernels are',
  },
  bad_filter: {
    detail: "the filter is not in tcpdump's language",
    remedy: '`man pcap-filter` describes it; `tcpdump -d FILTER` says whether one is right',
  },
  no_such_interface: {
    detail: 'there is nothing to capture on',
    remedy: '`ip link` lists them; a container and a network namespace have others than the host',
  },
  interface_down: {
    detail: 'the interface is down',
    remedy: '`ip link set NAME up`, as root, sets it up',
  },
  no_such_hook: {
    detail: 'this kernel does not have the hook',
    remedy:
      'the reference page of the source names the kernel version that each hook needs; `uname -r` shows yours',
  },
};

/** Whether the loader gives this code as the reason for its end, which is reported in words of its own. */
export function isDenial(code: string): boolean {
  return code === 'other' || Object.hasOwn(EXPLANATIONS, code);
}

/** A loader's code and message in plain words. The kernel's own words stay in, for whoever searches for them. */
export function explainDenial(code: string, message: string): Explanation {
  const known = Object.hasOwn(EXPLANATIONS, code) ? EXPLANATIONS[code] : undefined;
  const words = message.replace(/[.\s]+$/, '');
  if (known === undefined) {
    const detail = words === '' ? 'the loader could not attach anything and does not say why' : words;
    return { detail, remedy: '`build/lagpipe-loader probe` prints what this kernel allows' };
  }
  return { detail: words === '' ? known.detail : `${known.detail} (${words})`, remedy: known.remedy };
}

import { linesOf } from '../../lib/line-scanner.ts';

/** One figure of `net/sockstat` or `net/sockstat6`. */
interface SockstatFigure {
  /** As the kernel writes it: `sockets`, `TCP`, `UDPLITE6`, `FRAG`. */
  readonly protocol: string;
  /** `used`, `inuse`, `orphan`, `tw`, `alloc`, `mem`, `memory`. */
  readonly field: string;
  readonly value: number;
}

export interface ParsedSockstat {
  readonly figures: readonly SockstatFigure[];
  readonly malformed: number;
}

const LINE = /^([A-Za-z0-9]+):((?: [a-z]+ -?\d{1,20})+)$/;

/** Lines such as `TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 118` (kernel: `sockstat_seq_show`). */
export function parseSockstat(bytes: Uint8Array): ParsedSockstat {
  const figures: SockstatFigure[] = [];
  let malformed = 0;
  for (const line of linesOf(bytes)) {
    const match = LINE.exec(line);
    if (!match) {
      malformed++;
      continue;
    }
    const words = match[2].slice(1).split(' ');
    for (let at = 0; at < words.length; at += 2) {
      figures.push({ protocol: match[1], field: words[at], value: Number(words[at + 1]) });
    }
  }
  return { figures, malformed };
}

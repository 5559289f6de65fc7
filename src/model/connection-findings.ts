import type { EventBatch } from './batch.ts';
import { ConnectionTally, type PortTally } from './connection-tally.ts';
import { judgeSilence, judgeUse, PATTERNS } from './connection-use.ts';
import { CONFIDENCE_WITHOUT_FIGURE, type Evidence, type Finding } from './finding.ts';

/**
 * What a set of connections says about how they are used, by server port: no reuse (C1), keep-alive asked for but not used
 * (C2), a server that closes early (C3), good reuse (C4), connections that fell silent (C5). The ports are in order.
 */
export function findingsOf({ ports }: ConnectionTally): readonly Finding[] {
  const inOrder = [...ports].sort(([a], [b]) => a - b);
  return inOrder.flatMap(([port, tally]) => [...useOf(port, tally), ...silenceOf(port, tally)]);
}

/** The same of connections that are all there: events `tcp.connection`, `websocket.connection` and `http.exchange` in. */
export function connectionFindings(batches: readonly EventBatch[]): readonly Finding[] {
  const tally = new ConnectionTally();
  for (const batch of batches) tally.add(batch);
  return findingsOf(tally);
}

function useOf(port: number, tally: PortTally): readonly Finding[] {
  const verdict = judgeUse(tally);
  if (verdict === undefined) return [];
  const { rule, missing, confidence } = verdict;
  return [
    {
      ...PATTERNS[rule],
      ...verdict,
      subject: { 'server.port': port },
      evidence: [...verdict.evidence, ...medians(tally)],
      confidence: confidence * CONFIDENCE_WITHOUT_FIGURE ** missing.length,
    },
  ];
}

function silenceOf(port: number, tally: PortTally): readonly Finding[] {
  const verdict = judgeSilence(tally);
  if (verdict === undefined) return [];
  return [{ rule: 'C5', ...PATTERNS.C5, ...verdict, subject: { 'server.port': port }, confidence: 1 }];
}

function medians({ handshakes, idleBeforeServerClose }: PortTally): readonly Evidence[] {
  const named = [
    ['median handshake', handshakes.median],
    ["median wait before the server's close", idleBeforeServerClose.median],
  ] as const;
  return named.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value, unit: 's' }]));
}

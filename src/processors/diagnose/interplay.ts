import type { Finding } from '../../model/finding.ts';
import type { Judged } from './judge.ts';

/**
 * One cause, one finding: a symptom whose cause is known is not a finding of its own, but evidence of the cause. A cause
 * must be large enough for it: 3 packets dropped by a full backlog do not explain 200 retransmits.
 */
export function explained(judged: readonly Judged[]): readonly Finding[] {
  const byRule = Map.groupBy(judged, ({ finding }) => finding.rule);
  const symptomsOf = new Map<Judged, Judged[]>();
  const isSymptom = new Set<Judged>();
  for (const cause of judged) {
    const symptoms = Object.keys(cause.explains)
      .flatMap((rule) => byRule.get(rule) ?? [])
      .filter((each) => explains(cause, each));
    if (symptoms.length > 0) symptomsOf.set(cause, symptoms);
    for (const symptom of symptoms) isSymptom.add(symptom);
  }
  return judged
    .filter((each) => !isSymptom.has(each))
    .map((cause) => {
      const symptoms = symptomsOf.get(cause);
      if (symptoms === undefined) return cause.finding;
      return {
        ...cause.finding,
        explains: [...new Set(symptoms.map(({ finding }) => finding.rule))],
        evidence: [...cause.finding.evidence, ...symptoms.flatMap(firstEvidence)],
      };
    });
}

function explains(cause: Judged, symptom: Judged): boolean {
  const share = cause.explains[symptom.finding.rule];
  if (share === undefined || symptom.finding.severity === 'ok') return false;
  if ((cause.target.host ?? cause.target) !== (symptom.target.host ?? symptom.target)) return false;
  if (cause.events === undefined || symptom.events === undefined) return true;
  return cause.events >= share * symptom.events;
}

function firstEvidence({ finding }: Judged): Finding['evidence'] {
  const { threshold: _threshold, ...first } = finding.evidence[0];
  return [{ ...first, name: `${first.name} (${finding.rule}, explained by this)` }];
}

import { hostname } from 'node:os';
import { type Severity, subjectText, type TrackedFinding } from '../../model/finding.ts';
import { formatRfc3339, type UnixTime } from '../../model/time.ts';
import type { Distribution, Picture } from './picture.ts';
import type { Unseen } from './unseen.ts';

/** All that the doctor has to say. */
export interface DoctorReport {
  readonly startTime: UnixTime;
  readonly seconds: number;
  /** What is wrong, the worst first. */
  readonly findings: readonly TrackedFinding[];
  /** What is known to be well, and advice that is no finding. */
  readonly notes: readonly TrackedFinding[];
  readonly unseen: readonly Unseen[];
  readonly picture: Picture;
}

const ORDER: readonly Severity[] = ['critical', 'warn', 'info', 'ok'];

export function worstFirst(findings: readonly TrackedFinding[]): readonly TrackedFinding[] {
  return findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

/** The one object that `--json` prints; a contract, like the JSON lines of the sinks. */
export function reportJson(report: DoctorReport, version: string): string {
  const { startTime, seconds, findings, notes, unseen, picture } = report;
  const { stages, responses, connects, closed, counters } = picture;
  const object = {
    lagpipe: version,
    host: hostname(),
    start_time: formatRfc3339(startTime),
    seconds,
    findings: findings.map(findingJson),
    notes: notes.map(findingJson),
    unseen,
    picture: {
      stages: stages.map((stage) => distributionJson(stage, 'lagpipe.stack.stage')),
      responses: responses.map((response) => distributionJson(response)),
      connects,
      connections_closed: closed,
      counters: counters.map(({ name, unit, attributes, increase }) => ({
        metric: name,
        unit,
        attributes,
        increase,
        per_second: Number((increase / seconds).toPrecision(4)),
      })),
    },
  };
  return `${JSON.stringify(object, null, 2)}\n`;
}

function findingJson(finding: TrackedFinding) {
  const { rule, title, severity, subject, since, confidence, cause, action } = finding;
  return {
    rule,
    severity,
    title,
    subject: subjectText(subject),
    subject_attributes: subject,
    since: formatRfc3339(since),
    confidence,
    cause,
    action,
    commands: finding.commands ?? [],
    evidence: finding.evidence,
    explains: finding.explains ?? [],
    missing: finding.missing ?? [],
  };
}

function distributionJson({ name, attributes, count, p50, p90, p99, max }: Distribution, label?: string) {
  const named = label === undefined ? { metric: name } : { stage: attributes[label] };
  return {
    ...named,
    attributes,
    count,
    p50_seconds: p50,
    p90_seconds: p90,
    p99_seconds: p99,
    max_seconds: max,
  };
}

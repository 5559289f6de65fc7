import type { Resource, Scope } from '../../model/attributes.ts';
import { type Batch, eventBatchOf } from '../../model/batch.ts';
import { type Emits, gauge, metricOf } from '../../model/emits.ts';
import {
  FINDING,
  FINDING_EVENT,
  findingAttributes,
  SEVERITIES,
  SEVERITY_NUMBER,
  subjectText,
  type TrackedFinding,
} from '../../model/finding.ts';
import type { NumberPoint } from '../../model/metric.ts';
import { type UnixTime, unixTimeFromMillis } from '../../model/time.ts';

const ACTIVE = gauge({
  name: 'lagpipe.finding.active',
  unit: '1',
  description: '1 while a finding holds; once 0 when it is cleared',
  attributes: [FINDING.rule, FINDING.severity, FINDING.subject],
});

export const DIAGNOSE_EMITS: Emits = { metrics: [ACTIVE], events: [FINDING_EVENT] };

export interface Speaker {
  readonly resource: Resource;
  readonly scope: Scope;
}

/** The news as events, one batch for each severity, and which findings hold as a metric. */
export function findingBatches(
  { resource, scope }: Speaker,
  news: readonly TrackedFinding[],
  active: readonly TrackedFinding[],
  nowSeconds: number,
): readonly Batch[] {
  const time = unixTimeFromMillis(Math.round(nowSeconds * 1000));
  const events = SEVERITIES.map((severity) => news.filter((finding) => finding.severity === severity))
    .filter((findings) => findings.length > 0)
    .map((findings) =>
      eventBatchOf(
        { resource, scope, name: FINDING_EVENT.name, severityNumber: SEVERITY_NUMBER[findings[0].severity] },
        findings.map((finding) => ({ time, attributes: findingAttributes(finding) })),
      ),
    );
  const cleared = news.filter(({ state }) => state === 'cleared');
  const points = [
    ...active.map((finding) => activePoint(finding, time, 1)),
    ...cleared.map((finding) => activePoint(finding, time, 0)),
  ];
  if (points.length === 0) return events;
  return [...events, { kind: 'metrics', resource, scope, metrics: [metricOf(ACTIVE, points)] }];
}

function activePoint(finding: TrackedFinding, time: UnixTime, value: number): NumberPoint {
  const attributes = {
    [FINDING.rule.name]: finding.rule,
    [FINDING.severity.name]: finding.severity,
    [FINDING.subject.name]: subjectText(finding.subject),
  };
  return { attributes, time, value };
}

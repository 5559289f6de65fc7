import type { Resource, Scope } from '../../model/attributes.ts';
import { type Batch, eventBatchOf } from '../../model/batch.ts';
import {
  FINDING_EVENT,
  findingAttributes,
  SEVERITIES,
  SEVERITY_NUMBER,
  subjectText,
  type TrackedFinding,
} from '../../model/finding.ts';
import type { NumberPoint } from '../../model/metric.ts';
import { type UnixTime, unixTimeFromMillis } from '../../model/time.ts';

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
        { resource, scope, name: FINDING_EVENT, severityNumber: SEVERITY_NUMBER[findings[0].severity] },
        findings.map((finding) => ({ time, attributes: findingAttributes(finding) })),
      ),
    );
  const cleared = news.filter(({ state }) => state === 'cleared');
  const points = [
    ...active.map((finding) => activePoint(finding, time, 1)),
    ...cleared.map((finding) => activePoint(finding, time, 0)),
  ];
  if (points.length === 0) return events;
  const metric = {
    kind: 'gauge' as const,
    name: 'lagpipe.finding.active',
    unit: '1',
    description: '1 while a finding holds; once 0 when it is cleared',
    points,
  };
  return [...events, { kind: 'metrics', resource, scope, metrics: [metric] }];
}

function activePoint(finding: TrackedFinding, time: UnixTime, value: number): NumberPoint {
  const attributes = {
    'lagpipe.finding.rule': finding.rule,
    'lagpipe.finding.severity': finding.severity,
    'lagpipe.finding.subject': subjectText(finding.subject),
  };
  return { attributes, time, value };
}

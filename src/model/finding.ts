import type { Attributes, AttributeValue } from './attributes.ts';
import { type EventSpec, number, text } from './emits.ts';
import { formatRfc3339, type UnixTime } from './time.ts';

/** `ok`: nothing is wrong, and that is known (good reuse, a host that adds no wait). Worst last. */
export const SEVERITIES = ['ok', 'info', 'warn', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** OpenTelemetry's SeverityNumber: INFO for what is well, INFO3, WARN, ERROR. */
export const SEVERITY_NUMBER: Readonly<Record<Severity, number>> = {
  ok: 9,
  info: 11,
  warn: 13,
  critical: 17,
};

/** What a rule says of one subject at one moment: the cause in a person's words, and the figures behind it. */
export interface Finding {
  /** The id of the rule table: `Q1`; for a rule of a user's own, what the pipeline file calls it. */
  readonly rule: string;
  /** A few words, as a headline: "Accept queue overflows". */
  readonly title: string;
  readonly severity: Severity;
  /** What it is about, such as `{'network.interface.name': 'eth0'}`; empty: this host. */
  readonly subject: Attributes;
  /** Why it is so, in one or two sentences for somebody who is tired. */
  readonly cause: string;
  /** What to do about it, in a sentence; exact commands are in `commands`. */
  readonly action: string;
  /** Commands to copy, with this host's numbers in them. */
  readonly commands?: readonly string[];
  /** The figures that made the rule hold, the weightiest first. */
  readonly evidence: readonly Evidence[];
  /** 0 to 1: how sure this is. Below 1 where a figure that would settle it is missing. */
  readonly confidence: number;
  /** Rules that hold as well and are only symptoms of this one, so that they are not told apart. */
  readonly explains?: readonly string[];
  /** Which figures are missing, by metric name or in words. */
  readonly missing?: readonly string[];
}

/** How much a missing figure takes from the confidence in a finding. */
export const CONFIDENCE_WITHOUT_FIGURE = 0.85;

/** One figure: `accept queue overflows 45 {connection} (limit 30)`. */
export interface Evidence {
  /** What was measured, in words or as a metric's name. */
  readonly name: string;
  readonly value: number;
  /** UCUM, as metrics have it: `s`, `By`, `1`, `{segment}`, `{segment}/s`. */
  readonly unit: string;
  /** The value at which the rule begins to hold. */
  readonly threshold?: number;
  readonly attributes?: Attributes;
}

/** `raised` when it begins to hold, `changed` when it got worse or better, `cleared` when it holds no more. */
export type FindingState = 'raised' | 'changed' | 'cleared';

/** A finding that has held for a time. */
export interface TrackedFinding extends Finding {
  readonly state: FindingState;
  readonly since: UnixTime;
}

/** A finding as the attributes of its event. Lists are JSON texts, because an attribute holds one value. */
export const FINDING = {
  rule: text(
    'lagpipe.finding.rule',
    "which rule: of the table in the reference of `diagnose`, or one of the user's own",
  ),
  state: text('lagpipe.finding.state', '`raised`, `changed` or `cleared`'),
  severity: text('lagpipe.finding.severity', '`info`, `warn`, `critical`; `ok` with `report_healthy`'),
  title: text('lagpipe.finding.title', 'a few words, as a headline'),
  subject: text('lagpipe.finding.subject', 'what it is about, in words: `eth0`, `this host`'),
  subjectAttributes: text('lagpipe.finding.subject_attributes', 'the same as a JSON object of attributes'),
  since: text('lagpipe.finding.since', 'since when it holds (RFC 3339)'),
  confidence: number(
    'lagpipe.finding.confidence',
    '1',
    '0 to 1: how sure it is; below 1 where a figure is missing',
  ),
  cause: text('lagpipe.finding.cause', 'why it is so'),
  action: text('lagpipe.finding.action', 'what to do about it'),
  commands: text('lagpipe.finding.commands', 'commands to copy: a JSON list'),
  evidence: text(
    'lagpipe.finding.evidence',
    'the figures that made the rule hold: a JSON list of `name`, `value`, `unit`, and `threshold` and `attributes` where there are any',
  ),
  explains: text('lagpipe.finding.explains', 'rules that hold as well and are symptoms of this one'),
  missing: text('lagpipe.finding.missing', 'figures that would settle it: a JSON list'),
} as const;

export const FINDING_EVENT: EventSpec = {
  name: 'finding',
  severityNumbers: Object.values(SEVERITY_NUMBER),
  description: 'A rule of `diagnose` begins to hold, gets worse or better, or holds no more.',
  attributes: Object.values(FINDING),
};

/** Tells one finding from another: the rule and what it is about. */
export function findingKey({ rule, subject }: Pick<Finding, 'rule' | 'subject'>): string {
  return `${rule} ${subjectText(subject)}`;
}

/** `eth0`, `network.local.port 8080` or `this host`. */
export function subjectText(subject: Attributes): string {
  const entries = Object.entries(subject);
  if (entries.length === 0) return 'this host';
  return entries.map(([name, value]) => (typeof value === 'string' ? value : `${name} ${value}`)).join(', ');
}

/** A finding as the attributes of its event. */
export function findingAttributes(finding: TrackedFinding): Attributes {
  const { commands = [], missing = [], explains = [] } = finding;
  return {
    [FINDING.rule.name]: finding.rule,
    [FINDING.state.name]: finding.state,
    [FINDING.severity.name]: finding.severity,
    [FINDING.title.name]: finding.title,
    [FINDING.subject.name]: subjectText(finding.subject),
    [FINDING.subjectAttributes.name]: JSON.stringify(finding.subject),
    [FINDING.since.name]: formatRfc3339(finding.since),
    [FINDING.confidence.name]: finding.confidence,
    [FINDING.cause.name]: finding.cause,
    [FINDING.action.name]: finding.action,
    ...(commands.length > 0 && { [FINDING.commands.name]: JSON.stringify(commands) }),
    [FINDING.evidence.name]: JSON.stringify(finding.evidence),
    ...(explains.length > 0 && { [FINDING.explains.name]: explains.join(' ') }),
    ...(missing.length > 0 && { [FINDING.missing.name]: JSON.stringify(missing) }),
  };
}

/** The other way round; `undefined` for an event that is no finding, whoever sent it. */
export function findingOf(attributes: Attributes): TrackedFinding | undefined {
  const text = (name: string): string => String(attributes[`lagpipe.finding.${name}`] ?? '');
  const severity = SEVERITIES.find((each) => each === text('severity'));
  const state = (['raised', 'changed', 'cleared'] as const).find((each) => each === text('state'));
  const sinceMillis = Date.parse(text('since'));
  if (severity === undefined || state === undefined || Number.isNaN(sinceMillis)) return undefined;
  const evidence = listOf<Evidence>(attributes['lagpipe.finding.evidence']);
  return {
    rule: text('rule'),
    title: text('title'),
    severity,
    state,
    subject: objectOf(attributes['lagpipe.finding.subject_attributes']),
    since: [Math.floor(sinceMillis / 1000), (sinceMillis % 1000) * 1e6],
    confidence: Number(attributes['lagpipe.finding.confidence'] ?? 0),
    cause: text('cause'),
    action: text('action'),
    commands: listOf<string>(attributes['lagpipe.finding.commands']),
    evidence,
    explains: text('explains')
      .split(' ')
      .filter((rule) => rule !== ''),
    missing: listOf<string>(attributes['lagpipe.finding.missing']),
  };
}

function listOf<T>(value: AttributeValue | undefined): readonly T[] {
  const parsed = parsedJson(value);
  return Array.isArray(parsed) ? parsed : [];
}

function objectOf(value: AttributeValue | undefined): Attributes {
  const parsed = parsedJson(value);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Attributes)
    : {};
}

function parsedJson(value: AttributeValue | undefined): unknown {
  try {
    return JSON.parse(String(value ?? 'null'));
  } catch {
    return undefined;
  }
}

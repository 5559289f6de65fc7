import { asyncScheduler } from 'rxjs';
import type { SinkInstance } from '../../component.ts';
import { liveRegion, sizeOf } from '../../lib/live-region.ts';
import { LogWriter } from '../../lib/logger.ts';
import { messageOf } from '../../lib/message-of.ts';
import { canRedraw, paintWith, takesColour } from '../../lib/terminal.ts';
import { type Batch, eventAt, recordsIn } from '../../model/batch.ts';
import { FINDING_EVENT, findingKey, findingOf, type TrackedFinding } from '../../model/finding.ts';
import { unixTimeFromMillis } from '../../model/time.ts';
import { Agent } from '../../pipeline/agent.ts';
import { VERSION } from '../../pipeline/resource.ts';
import { registry } from '../../registry.ts';
import { elapsed, interrupted } from '../endings.ts';
import { EXIT_FAILED, EXIT_FOUND, EXIT_OK, EXIT_USAGE } from '../exit-codes.ts';
import { print } from '../print.ts';
import { doctorConfig } from './doctor-config.ts';
import { isInOwnNetns, otherNamespaces } from './namespaces.ts';
import { PictureTaker } from './picture.ts';
import { renderReport } from './render.ts';
import { type DoctorReport, reportJson, worstFirst } from './report.ts';
import { isRedHat, unseenOf } from './unseen.ts';

export interface DoctorOptions {
  readonly forMillis: number;
  readonly json: boolean;
  readonly linkerd: readonly string[];
  readonly prometheus: readonly string[];
}

/** What flows out of the pipeline: findings, as the newest event of each has them, and the picture. */
class Notebook implements SinkInstance {
  readonly picture = new PictureTaker();
  readonly #findings = new Map<string, TrackedFinding>();

  write(batch: Batch) {
    this.picture.take(batch);
    if (batch.kind === 'events' && batch.name === FINDING_EVENT.name) {
      for (let index = 0; index < batch.length; index++)
        this.#note(findingOf(eventAt(batch, index).attributes));
    }
    return { delivered: recordsIn(batch) };
  }

  get findings(): readonly TrackedFinding[] {
    return [...this.#findings.values()];
  }

  #note(finding: TrackedFinding | undefined): void {
    if (finding === undefined) return;
    if (finding.state === 'cleared') this.#findings.delete(findingKey(finding));
    else this.#findings.set(findingKey(finding), finding);
  }
}

/**
 * `lagpipe doctor`: measures all that this host allows, for a time, and says what is wrong and what to do. Exit code 3
 * when something critical is.
 */
export async function doctor(options: DoctorOptions): Promise<number> {
  const notebook = new Notebook();
  const agent = agentFor(options, notebook);
  if (typeof agent === 'string') {
    process.stderr.write(`lagpipe doctor: ${agent}\n`);
    return EXIT_USAGE;
  }
  const startMillis = Date.now();
  try {
    await agent.start();
  } catch (error) {
    process.stderr.write(`lagpipe doctor: ${messageOf(error)}\n`);
    await agent.stop();
    return EXIT_FAILED;
  }
  const stopProgress = showProgress(options.forMillis);
  await Promise.race([agent.ended, interrupted(), elapsed(options.forMillis)]);
  const seconds = (Date.now() - startMillis) / 1000;
  await agent.stop();
  stopProgress();
  const findings = worstFirst(notebook.findings);
  const asked = new Set([
    ...(options.linkerd.length > 0 ? ['linkerd'] : []),
    ...(options.prometheus.length > 0 ? ['prometheus'] : []),
  ]);
  const report: DoctorReport = {
    startTime: unixTimeFromMillis(startMillis),
    seconds,
    findings: findings.filter(({ severity }) => severity !== 'ok'),
    notes: [...findings.filter(({ severity }) => severity === 'ok'), ...distributionNotes(startMillis)],
    unseen: unseenOf(agent.telemetry(), asked, registry),
    picture: notebook.picture.picture(),
  };
  const printed = await print(
    options.json
      ? reportJson(report, VERSION)
      : renderReport(report, widthOf(), paintWith(takesColour(process.stdout))),
  );
  if (printed !== EXIT_OK) return printed;
  return report.findings.some(({ severity }) => severity === 'critical') ? EXIT_FOUND : EXIT_OK;
}

/** The agent, or what is wrong with what the user gave. */
function agentFor(options: DoctorOptions, notebook: Notebook): Agent | string {
  try {
    const isInNetns = isInOwnNetns();
    const others = isInNetns ? [] : otherNamespaces();
    const config = doctorConfig({ ...options, isInNetns, otherNamespaces: others }, registry);
    // Whatever does not work is in the report, so it is not logged as well.
    const log = new LogWriter(
      () => {},
      (text) => text,
      false,
    );
    const environment = process.env;
    return new Agent({ config, log, scheduler: asyncScheduler, environment, createSink: () => notebook });
  } catch (error) {
    return messageOf(error);
  }
}

/** X1 of the rule table. */
function distributionNotes(startMillis: number): readonly TrackedFinding[] {
  if (!isRedHat()) return [];
  return [
    {
      rule: 'X1',
      title: 'xsos shows this system at a glance',
      severity: 'ok',
      state: 'raised',
      since: unixTimeFromMillis(startMillis),
      subject: {},
      cause:
        "This is one of Red Hat's distributions, for which xsos sums up a running system or an sosreport.",
      action: 'Run xsos -a.',
      evidence: [],
      confidence: 1,
    },
  ];
}

/** One line on the terminal that counts down; nothing where standard error is a file. */
function showProgress(forMillis: number): () => void {
  if (!canRedraw(process.stderr)) return () => {};
  const region = liveRegion(process.stderr);
  const end = Date.now() + forMillis;
  const show = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    region.show([`looking at this host: ${left} s left, Ctrl-C for what there is by then`]);
  };
  show();
  const timer = setInterval(show, 1000);
  return () => {
    clearInterval(timer);
    region.clear();
  };
}

function widthOf(): number {
  return process.stdout.isTTY === true ? Math.min(sizeOf(process.stdout).columns - 1, 120) : 100;
}

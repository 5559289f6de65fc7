import { interval, Observable } from 'rxjs';
import { type ComponentContext, defineProcessor } from '../../component.ts';
import { type Batch, recordsIn } from '../../model/batch.ts';
import { description } from './description.ts';
import { DiagnosisEngine } from './engine.ts';
import { DIAGNOSE_EMITS, findingBatches } from './findings-output.ts';
import { ownNetns } from './own-netns.ts';
import { RuleReport } from './rule-report.ts';
import { RULES } from './rules/index.ts';
import { type DiagnoseConfig, schema } from './schema.ts';
import { checkUserRules } from './user-rules.ts';

export const diagnose = defineProcessor({
  id: 'diagnose',
  summary:
    'Looks at all figures together and says where the wait comes from: the cause, the evidence, what to do.',
  description,
  emits: DIAGNOSE_EMITS,
  schema,
  example: {
    window: '60s',
    off: ['C5'],
    limits: { Q1: { warn: 2 } },
    rules: [
      {
        id: 'tcp_memory_high',
        title: 'TCP uses much memory',
        needs: { pages: { metric: 'lagpipe.sockstat.tcp.mem' } },
        when: 'pages > 250000',
        cause: 'Sockets hold more than 1 GB of data that nobody has read or acknowledged.',
        action: 'Look at Recv-Q and Send-Q: ss -tn.',
      },
    ],
  },
  check: ({ rules }) =>
    checkUserRules(
      rules,
      RULES.map(({ id }) => id),
    ),
  create: (config, context) => (source) =>
    new Observable<Batch>((subscriber) => {
      const engine = new DiagnosisEngine(config, ownNetns());
      const report = new RuleReport(context);
      const judge = () => {
        for (const batch of diagnosed(engine, context)) subscriber.next(batch);
      };
      const timer = interval(config.interval, context.scheduler).subscribe(() => {
        try {
          judge();
          report.update(engine.ruleCount, engine.unjudged(context.scheduler.now()));
        } catch (error) {
          subscriber.error(error);
        }
      });
      const input = source.subscribe({
        next: (batch) => takeBatch(batch, engine, config, context, subscriber),
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          timer.unsubscribe();
          judge();
          subscriber.complete();
        },
      });
      return () => {
        timer.unsubscribe();
        input.unsubscribe();
      };
    }),
});

function takeBatch(
  batch: Batch,
  engine: DiagnosisEngine,
  config: DiagnoseConfig,
  { scheduler, counters }: ComponentContext,
  output: { next(batch: Batch): void },
): void {
  engine.take(batch, scheduler.now());
  if (config.pass_through) output.next(batch);
  else counters.absorbed(recordsIn(batch));
}

function diagnosed(engine: DiagnosisEngine, context: ComponentContext): readonly Batch[] {
  const diagnosis = engine.diagnose(context.scheduler.now());
  if (diagnosis === undefined) return [];
  const { news, active, nowSeconds } = diagnosis;
  const batches = findingBatches(context, news, active, nowSeconds);
  for (const batch of batches) context.counters.created(recordsIn(batch));
  return batches;
}

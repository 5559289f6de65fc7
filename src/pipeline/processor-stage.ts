import { Observable, type OperatorFunction, Subject, type Subscription } from 'rxjs';
import type { Logger } from '../component.ts';
import { messageOf } from '../lib/message-of.ts';
import { type Batch, recordsIn } from '../model/batch.ts';
import type { ComponentCounter } from './telemetry.ts';

/**
 * A processor's operator, counted and isolated. RxJS ends a stream for good when an operator throws; here the
 * processor is subscribed anew instead. That costs the batch at hand and whatever the operator held in its state,
 * and both are counted: `held` is exactly what came in and has not come out.
 */
export function processorStage(
  create: () => OperatorFunction<Batch, Batch>,
  counter: ComponentCounter,
  log: Logger,
): OperatorFunction<Batch, Batch> {
  return (source) =>
    new Observable((subscriber) => {
      let input = new Subject<Batch>();
      let inner: Subscription | undefined;
      let failure: { readonly error: unknown } | undefined;
      let lastComplaint = '';

      /** Everything held is lost. A processor that throws on every batch says so once, not every time. */
      const giveUpHeld = () => {
        const lost = counter.held;
        counter.dropped('processor_error', lost);
        const complaint = messageOf(failure?.error);
        if (complaint !== lastComplaint)
          log.error(`threw "${complaint}"; ${lost} records dropped, carrying on`);
        lastComplaint = complaint;
        failure = undefined;
      };

      const connect = () => {
        input = new Subject();
        inner = create()(input).subscribe({
          next: (batch) => {
            counter.out += recordsIn(batch);
            subscriber.next(batch);
          },
          error: (error: unknown) => {
            failure = { error };
          },
          complete: () => subscriber.complete(),
        });
      };

      const recover = () => {
        if (!failure) return;
        giveUpHeld();
        inner?.unsubscribe();
        connect();
      };

      connect();
      const outer = source.subscribe({
        next: (batch) => {
          // A timer of the operator may have thrown since the last batch.
          recover();
          counter.in += recordsIn(batch);
          input.next(batch);
          recover();
        },
        complete: () => {
          recover();
          input.complete();
          if (failure) {
            giveUpHeld();
            subscriber.complete();
          }
        },
      });
      return () => {
        outer.unsubscribe();
        inner?.unsubscribe();
      };
    });
}

import type { ComponentContext } from '../../component.ts';
import type { Interface } from './inventory.ts';

/** Says what is known of the queues of each interface, once, and again when it changes. */
export class QueueStatus {
  readonly #context: Pick<ComponentContext, 'report'>;
  readonly #said = new Map<string, string>();

  constructor(context: Pick<ComponentContext, 'report'>) {
    this.#context = context;
  }

  missing(name: string): void {
    const remedy =
      '`ls /sys/class/net` shows the names; in a network namespace, /sys shows that in which it was mounted';
    this.#say(name, 'degraded', `there is no /sys/class/net/${name} now`, { remedy });
  }

  known({ name, rps, xps }: Interface, irqCount: number): void {
    const queues = `${rps.length} receive and ${xps.length} send queues`;
    if (irqCount > 0) this.#say(name, 'live', `${queues}, ${irqCount} IRQs`);
    else {
      const lack =
        'no IRQ is known to be its own, so its interrupts and their spread are absent: the source proc has those of all devices';
      this.#say(name, 'degraded', `${queues}; ${lack}`);
    }
  }

  #say(
    name: string,
    state: 'live' | 'degraded',
    detail: string,
    more: { readonly remedy?: string } = {},
  ): void {
    if (this.#said.get(name) === detail) return;
    this.#said.set(name, detail);
    this.#context.report({ part: `queues of ${name}`, state, detail, ...more });
  }
}

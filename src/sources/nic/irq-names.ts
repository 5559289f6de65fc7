import type { CpuTable } from '../../lib/parse-cpu-table.ts';
import type { Irq } from './inventory.ts';

/** Where sysfs names no IRQ: those whose action is the interface's name, alone or with a queue behind it. */
export function irqsByName(name: string, table: CpuTable): readonly Irq[] {
  const isOwn = (action: string) => action === name || /^[-:@.]/.test(action.slice(name.length));
  return table.rows
    .filter(({ label, rest }) => {
      const action = actionOf(rest);
      return /^\d+$/.test(label) && action.startsWith(name) && isOwn(action);
    })
    .map(({ label }) => ({ number: label, affinity: '', effectiveAffinity: '' }));
}

/** `PCI-MSIX-0000:00:04.0   1-edge      eth0-TxRx-0` ends with the action, behind two blanks at least. */
export function actionOf(rest: string): string {
  const words = rest.trimEnd();
  return words.slice(words.lastIndexOf('  ') + 1).trim();
}

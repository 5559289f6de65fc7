import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sanitise } from './sanitise-proc.ts';

describe('sanitise', () => {
  it('replaces interface names that may say who owns the host, and keeps plain ones and all figures', () => {
    const line = (device: string) => `${device}: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n`;
    const cleaned = sanitise('net/dev', line('  eth0') + line('br-acme') + line('acme.12') + line('    lo'));
    assert.doesNotMatch(cleaned, /acme/);
    assert.match(cleaned, /^ {2}eth0: 1 2.*\nif\d{4}: 1 2.*\nif\d{4}: 1 2.*\n {4}lo: 1 2/);
  });

  it('gives one interface the same name in every file', () => {
    const [device] = /if\d{4}/.exec(sanitise('net/dev', 'acme0: 1 2')) ?? [];
    assert.equal(
      sanitise('interrupts', ' 24: 5 PCI-MSI 1-edge acme0-TxRx-0'),
      ` 24: 5 PCI-MSI 1-edge ${device}-TxRx-0`,
    );
  });

  it('leaves other files as they are', () => {
    assert.equal(sanitise('net/snmp', 'Tcp: 1 2'), 'Tcp: 1 2');
  });
});

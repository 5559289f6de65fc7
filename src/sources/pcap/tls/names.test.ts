import assert from 'node:assert/strict';
import { it } from 'node:test';
import { alertText, cipherSuiteText, versionText } from './names.ts';

it('names what IANA names, and gives the number of what it does not know', () => {
  assert.equal(cipherSuiteText(0x1301), 'TLS_AES_128_GCM_SHA256');
  assert.equal(cipherSuiteText(0xc02f), 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
  assert.equal(cipherSuiteText(0x00ff_ee & 0xffff), '0xffee');
  assert.equal(alertText(40), 'handshake_failure');
  assert.equal(alertText(200), '200');
});

it('gives versions as OpenTelemetry does', () => {
  assert.deepEqual([0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7f1c].map(versionText), [
    '3',
    '1.0',
    '1.1',
    '1.2',
    '1.3',
    '0x7f1c',
  ]);
});

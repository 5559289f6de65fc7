import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installHint } from './install-hint.ts';

test('names the command of each distribution in one line', () => {
  const line = installHint({
    apt: ['libelf-dev', 'clang'],
    dnf: ['elfutils-libelf-devel'],
    apk: ['elfutils-dev'],
  });
  assert.equal(
    line,
    'apt-get install libelf-dev clang (Debian, Ubuntu), dnf install elfutils-libelf-devel (Fedora, RHEL), ' +
      'apk add elfutils-dev (Alpine)',
  );
});

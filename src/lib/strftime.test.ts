import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';
import { setVariable } from '../../test/set-variable.ts';
import { strftime } from './strftime.ts';

const NEW_YEAR = 1704067199; // 2023-12-31 23:59:59 UTC

describe('strftime', () => {
  const setZone = (t: TestContext, name: string) => t.after(setVariable('TZ', name));

  for (const [format, expected] of [
    ['%d/%b/%Y:%T %z', '31/Dec/2023:23:59:59 +0000'],
    ['%Y-%m-%dT%H:%M:%S%z', '2023-12-31T23:59:59+0000'],
    ['%A, %e %B %Y, %I:%M %p', 'Sunday, 31 December 2023, 11:59 PM'],
    ['%G-W%V-%u %j', '2023-W52-7 365'],
    ['%s%%', '1704067199%'],
    ['%-m|%_m|%^b|%#p|%Ey|%Od', '12|12|DEC|pm|23|31'],
    ['100%', '100%'],
    ['%i %K', '%i %K'],
    ['%é', '%é'],
    ['', ''],
  ]) {
    it(`writes ${JSON.stringify(format)}`, (t) => {
      setZone(t, 'UTC');
      assert.equal(strftime(format, NEW_YEAR), expected);
    });
  }

  for (const [name, expected] of [
    ['Europe/Rome', '2024-01-01 00:59:59 +0100 CET'],
    ['America/New_York', '2023-12-31 18:59:59 -0500 EST'],
    ['Asia/Kolkata', '2024-01-01 05:29:59 +0530 IST'],
  ]) {
    it(`writes the local time of ${name}`, (t) => {
      setZone(t, name);
      assert.equal(strftime('%F %T %z %Z', NEW_YEAR), expected);
    });
  }

  it('agrees with date(1) on every conversion, around the turns of years', (t) => {
    setZone(t, 'UTC');
    const conversions = [...'aAbBhCdDeFgGHIjklmMpPrRsSTuUVwWyYzZ'];
    const format = conversions.map((letter) => `${letter}=%${letter}`).join(' ');
    for (const name of ['UTC', 'Europe/Rome', 'America/New_York']) {
      process.env.TZ = name;
      for (let year = 1999; year <= 2028; year++) {
        const second = Date.UTC(year, 0, 1) / 1000 + (year % 7) * 86_400 - 4 * 86_400 + year;
        const { stdout } = spawnSync('date', ['-d', `@${second}`, `+${format}`], {
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: 'C' },
        });
        assert.equal(strftime(format, second), stdout.trimEnd(), `${second} in ${name}`);
      }
    }
  });
});

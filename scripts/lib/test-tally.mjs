import { basename } from 'node:path';
import { inspect } from 'node:util';

/**
 * Adds up what Node's test runner reports, test by test. Its own sums leave out a suite that is skipped as a whole
 * or whose hook fails, and count a file without any test as a test that passed.
 */
export class TestTally {
  /** The signal that ended the file's process, if one did and no test had failed before. */
  signal;
  passed = 0;
  failures = [];
  skips = [];
  #path = [];

  constructor(file) {
    this.file = file;
  }

  add({ type, data }) {
    if (type === 'test:start') {
      this.#path[data.nesting] = data.name;
      return;
    }
    if (type !== 'test:pass' && type !== 'test:fail') return;
    const test = { file: data.file ?? '', line: data.line, name: this.#nameOf(data) };
    if (type === 'test:fail') this.#addFailure(test, data.details.error);
    else if (isFileItself(data)) this.failures.push({ ...test, error: 'This file ran no test.' });
    else if (data.skip !== undefined || data.todo !== undefined)
      this.#addSkip(test, data.skip ?? 'still to do');
    else if (data.details.type !== 'suite') this.passed++;
  }

  /** A suite fails with its tests; only what is its own, such as a hook, counts. */
  #addFailure(test, error) {
    if (error?.failureType === 'subtestsFailed') return;
    this.signal ??= error?.signal ?? undefined;
    const told = error?.signal ? `Its process was ended by ${error.signal}.` : inspect(error?.cause ?? error);
    this.failures.push({ ...test, error: told });
  }

  #addSkip(test, reason) {
    if (typeof reason === 'string' && reason !== '') this.skips.push({ ...test, reason });
    else this.failures.push({ ...test, error: 'Skipped without a reason: write { skip: "why" }.' });
  }

  #nameOf({ nesting, name }) {
    return [...this.#path.slice(0, nesting), name].join(' > ');
  }
}

function isFileItself({ nesting, name, file }) {
  return nesting === 0 && file !== undefined && basename(name) === basename(file);
}

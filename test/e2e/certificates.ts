import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Two self-signed certificates for one test, as files and as PEM: a server called `localhost` or by its address, and a
 * client. By its address, because a host without /etc/hosts has no `localhost`.
 */
export class Certificates implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lagpipe-tls-'));
  readonly serverCert = this.#make('server', 'localhost', ',IP:127.0.0.1');
  readonly clientCert = this.#make('client', 'lagpipe-test');

  get serverKey(): string {
    return join(this.#folder, 'server.key');
  }

  get clientKey(): string {
    return join(this.#folder, 'client.key');
  }

  pem(path: string): Buffer {
    return readFileSync(path);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #make(file: string, host: string, moreNames = ''): string {
    const certificate = join(this.#folder, `${file}.crt`);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', join(this.#folder, `${file}.key`), '-out', certificate];
    const subject = [
      '-subj',
      `/CN=${host}`,
      '-addext',
      `subjectAltName=DNS:${host}${moreNames}`,
      '-days',
      '2',
    ];
    try {
      execFileSync('openssl', ['req', '-x509', ...key, ...files, ...subject], { stdio: 'pipe' });
    } catch (error) {
      throw new Error('these tests need the openssl command: apt-get install openssl', { cause: error });
    }
    return certificate;
  }
}

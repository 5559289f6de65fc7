import { readFileSync } from 'node:fs';
import { messageOf } from './message-of.ts';

export interface TlsFilePaths {
  /** Authorities to trust instead of the system's. */
  readonly caFile?: string;
  /** The client's certificate and its key: both or none. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface TlsFileContents {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
}

/**
 * PEM files, read and tried. TLS libraries look into them only when they connect, and some pass over a broken
 * authority in silence; here a file that cannot be used is an error that names it.
 */
export function readTlsFiles({ caFile, certFile, keyFile }: TlsFilePaths): TlsFileContents {
  const [ca, cert, key] = [caFile, certFile, keyFile].map((path) =>
    path === undefined ? null : readPem(path),
  );
  // Loaded only here: together 10 MB, which few need.
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  if (ca) checked([caFile], () => new X509Certificate(ca));
  if (cert && key) checked([certFile, keyFile], () => createSecureContext({ cert, key }));
  return { ca, cert, key };
}

function readPem(path: string): Buffer {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    throw new Error(`cannot read ${path}: ${messageOf(error)}`);
  }
  if (!pem.includes('-----BEGIN ')) throw new Error(`${path} is not a PEM file (no -----BEGIN line)`);
  return pem;
}

function checked(paths: readonly (string | undefined)[], check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw new Error(`${paths.join(' with ')}: not usable for TLS: ${messageOf(error)}`);
  }
}

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { messageOf } from '../../lib/message-of.ts';
import type { TlsFiles } from './settings.ts';

/**
 * gRPC credentials from PEM files. gRPC itself would look into them only when it connects, and pass over a broken
 * authority in silence; here a file that cannot be used is an error that names it.
 */
export function credentialsOf(tls: TlsFiles | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { caFile, certFile, keyFile } = tls;
  const [ca, cert, key] = [caFile, certFile, keyFile].map((path) =>
    path === undefined ? null : readPem(path),
  );
  if (ca) checked([caFile], () => new X509Certificate(ca));
  if (cert && key) checked([certFile, keyFile], () => createSecureContext({ cert, key }));
  return credentials.createSsl(ca, key, cert);
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

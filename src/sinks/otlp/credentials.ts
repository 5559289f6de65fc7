import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { readTlsFiles } from '../../lib/tls-files.ts';
import type { TlsFiles } from './settings.ts';

/** gRPC credentials from PEM files; a file that cannot be used is an error that names it. */
export function credentialsOf(tls: TlsFiles | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { ca, cert, key } = readTlsFiles(tls);
  return credentials.createSsl(ca, key, cert);
}

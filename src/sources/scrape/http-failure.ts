/** A request that brought nothing, in words that stay the same from one attempt to the next. */
export interface HttpFailure {
  readonly kind: 'failure';
  readonly detail: string;
  readonly remedy?: string;
  /** Where figures came and were thrown away: the reason that they are counted by. */
  readonly dropped?: 'body_too_long';
}

interface Cause {
  readonly codes: RegExp;
  readonly detail: string;
  readonly remedy: string;
}

/** Node's and OpenSSL's error codes; the tests against real servers hold them to that. */
const CAUSES: readonly Cause[] = [
  {
    codes: /^ECONNREFUSED$/,
    detail: 'cannot be reached: nothing listens there',
    remedy: 'start it, or correct its address',
  },
  {
    codes: /^(ENOTFOUND|EAI_AGAIN|EAI_FAIL)$/,
    detail: 'cannot be reached: its name has no address',
    remedy: 'correct the name',
  },
  {
    codes: /^(ECONNRESET|EPIPE|ECONNABORTED)$/,
    detail: 'cannot be read: the connection was lost before the answer was complete',
    remedy: 'look at the server if this lasts',
  },
  {
    codes: /^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/,
    detail: 'cannot be reached: no packet comes back from there',
    remedy: 'check the route and the firewall',
  },
  {
    codes: /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+)$/,
    detail: 'cannot be trusted: its certificate is self-signed or from an authority that is not trusted here',
    remedy: 'name the authority’s PEM file in tls.ca_file',
  },
  {
    codes: /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/,
    detail: 'cannot be trusted: its certificate is not valid today',
    remedy: 'renew it, or set the clock',
  },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    detail: 'cannot be trusted: its certificate is for another name',
    remedy: 'write that name in the address, or in tls.server_name',
  },
  {
    codes: /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG))$/,
    detail: 'cannot be reached: it does not speak TLS, or refuses this side of it',
    remedy: 'write http://, or give tls.cert_file and tls.key_file that it trusts',
  },
  {
    codes: /^ERR_SSL_/,
    detail: 'cannot be reached: it refuses the TLS connection',
    remedy: 'give tls.cert_file and tls.key_file that it trusts',
  },
  { codes: /^HPE_/, detail: 'does not answer in HTTP', remedy: 'correct the port, or write https://' },
  {
    codes: /^Z_/,
    detail: 'cannot be read: its compressed answer is damaged',
    remedy: 'look at the server, or at a proxy',
  },
];

/** What an error of Node's HTTP client or of unpacking means. */
export function failureOfError(error: unknown): HttpFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const cause = CAUSES.find(({ codes }) => codes.test(code));
  if (cause) return { kind: 'failure', detail: cause.detail, remedy: cause.remedy };
  return { kind: 'failure', detail: `cannot be read: ${code || String(error)}` };
}

/** What an answer other than 200 means. */
export function failureOfStatus(status: number, location: string | undefined): HttpFailure {
  const detail = `answers ${status}`;
  if (status >= 300 && status < 400) {
    return {
      kind: 'failure',
      detail: `${detail}, a redirect${location ? ` to ${withoutSecrets(location)}` : ''}, which is not followed`,
      remedy: 'write the address that it leads to',
    };
  }
  if (status === 401 || status === 403) {
    return { kind: 'failure', detail, remedy: 'give a bearer_token or headers that it accepts' };
  }
  if (status === 404) return { kind: 'failure', detail, remedy: 'check the path' };
  return { kind: 'failure', detail };
}

/** A redirect to a login page often carries what nobody else should read. */
function withoutSecrets(location: string): string {
  return location
    .replace(/[?#].*$/s, '')
    .replace(/\/\/[^/]*@/, '//')
    .slice(0, 100);
}

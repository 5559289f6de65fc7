import type { ConfigProblem } from '../../component.ts';
import type { ConfigOf, ObjectSchema } from '../../schema.ts';

/** The fields of every source that asks servers over HTTP. */
export const HTTP_FIELDS = {
  headers: {
    type: 'object',
    additionalProperties: {
      type: 'string',
      secret: true,
      description: 'The value of one header, such as a token.',
    },
    default: {},
    description: 'Sent with every request.',
  },
  bearer_token: {
    type: 'string',
    secret: true,
    minLength: 1,
    description: 'Sent with every request as `Authorization: Bearer …`.',
  },
  tls: {
    type: 'object',
    default: {},
    description: 'For an address that begins with `https`.',
    properties: {
      ca_file: {
        type: 'string',
        minLength: 1,
        description: 'PEM file with the authorities to trust instead of the system’s.',
      },
      cert_file: { type: 'string', minLength: 1, description: 'PEM file with the client’s certificate.' },
      key_file: { type: 'string', minLength: 1, description: 'PEM file with the client’s private key.' },
      server_name: {
        type: 'string',
        minLength: 1,
        description: 'The name that the server’s certificate must have, where it is not the address’s host.',
      },
    },
  },
  max_body_size: {
    type: 'string',
    format: 'size',
    default: '16MiB',
    minSize: '1KiB',
    maxSize: '256MiB',
    description: 'A longer answer, after unpacking, is not read to its end and counts as a failure.',
  },
} as const satisfies ObjectSchema['properties'];

export interface HttpConfig {
  readonly headers: Readonly<Record<string, string>>;
  readonly bearer_token?: string;
  readonly tls: ConfigOf<(typeof HTTP_FIELDS)['tls']>;
}

/** All headers of a request, by names in lower case. */
export function headersOf({ headers, bearer_token }: HttpConfig, accept: string): Record<string, string> {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    accept,
    ...(bearer_token !== undefined && { authorization: `Bearer ${bearer_token}` }),
    ...Object.fromEntries(given),
  };
}

export function tlsPathsOf({ tls }: HttpConfig) {
  return {
    ...(tls.ca_file !== undefined && { caFile: tls.ca_file }),
    ...(tls.cert_file !== undefined && { certFile: tls.cert_file }),
    ...(tls.key_file !== undefined && { keyFile: tls.key_file }),
    serverName: tls.server_name,
  };
}

/** Rules between the fields, for the addresses that they are used with. */
export function httpProblems(config: HttpConfig, urls: readonly URL[]): readonly ConfigProblem[] {
  return [...tlsProblems(config, urls), ...headerProblems(config)];
}

function tlsProblems({ tls }: HttpConfig, urls: readonly URL[]): readonly ConfigProblem[] {
  const given = (['ca_file', 'cert_file', 'key_file', 'server_name'] as const).filter(
    (field) => tls[field] !== undefined,
  );
  if (given.length > 0 && urls.length > 0 && urls.every(({ protocol }) => protocol === 'http:')) {
    return given.map((field) => ({
      path: ['tls', field],
      message: 'has no effect on an address that begins with http://; write https://',
    }));
  }
  if ((tls.cert_file === undefined) === (tls.key_file === undefined)) return [];
  const [field, missing] =
    tls.cert_file === undefined ? ['key_file', 'cert_file'] : ['cert_file', 'key_file'];
  return [
    {
      path: ['tls', field],
      message: `a client’s certificate and its private key belong together: add ${missing}`,
    },
  ];
}

function headerProblems({ headers, bearer_token }: HttpConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const path = ['headers', name];
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      problems.push({
        path,
        message: 'a header name has only letters, digits and some signs such as - and _',
      });
    } else if (!/^[\x20-\x7e]*$/.test(value)) {
      problems.push({ path, message: 'a header value has only printable ASCII characters' });
    } else if (bearer_token !== undefined && name.toLowerCase() === 'authorization') {
      problems.push({ path, message: 'bearer_token sets this header: leave one of them out' });
    }
  }
  if (bearer_token !== undefined && !/^[\x21-\x7e]+$/.test(bearer_token)) {
    problems.push({
      path: ['bearer_token'],
      message: 'a token has only printable ASCII characters, no blanks',
    });
  }
  return problems;
}

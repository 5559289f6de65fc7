import { type EventSpec, text } from '../../../model/emits.ts';
import {
  CLIENT_HELLO_ATTRIBUTES,
  CONNECTION_ATTRIBUTES,
  ENDPOINT_ATTRIBUTES,
  EXCHANGE_ATTRIBUTES,
  HTTP_ATTRIBUTES,
  HTTP2_ATTRIBUTES,
  TLS_ATTRIBUTES,
  WEBSOCKET_ATTRIBUTES,
} from './attributes.ts';

const INFO = 9;

const HEADERS = [
  text('http.request.header.<name>', "the request's header of that name, in lower case"),
  text('http.response.header.<name>', "the response's header of that name, in lower case"),
];

export const HTTP_EXCHANGE = event(
  'http.exchange',
  'A request and its response, or one of them without the other.',
  [...EXCHANGE_ATTRIBUTES, ...HTTP_ATTRIBUTES, ...HEADERS],
);

export const TCP_EXCHANGE = event(
  'tcp.exchange',
  'A turn of client and server where no protocol was recognized, or in TLS.',
  [...EXCHANGE_ATTRIBUTES, ...TLS_ATTRIBUTES, ...CLIENT_HELLO_ATTRIBUTES],
);

export const TLS_HANDSHAKE = event(
  'tls.handshake',
  'A TLS handshake is over, has failed or was given up.',
  TLS_ATTRIBUTES,
);

export const WEBSOCKET_CONNECTION = event('websocket.connection', 'A WebSocket ended.', WEBSOCKET_ATTRIBUTES);

export const TCP_CONNECTION = event('tcp.connection', 'A TCP connection ended.', [
  ...CONNECTION_ATTRIBUTES,
  ...TLS_ATTRIBUTES,
  ...HTTP2_ATTRIBUTES,
]);

export const PCAP_EVENTS: readonly EventSpec[] = [
  HTTP_EXCHANGE,
  TCP_EXCHANGE,
  TLS_HANDSHAKE,
  WEBSOCKET_CONNECTION,
  TCP_CONNECTION,
];

function event(name: string, description: string, attributes: EventSpec['attributes']): EventSpec {
  return { name, severityNumbers: [INFO], description, attributes: [...ENDPOINT_ATTRIBUTES, ...attributes] };
}

import { TCP_FLAG } from '../segment.ts';
import { ethernet, ipv4, type TcpFields, tcp } from './packets.ts';

const { syn, ack } = TCP_FLAG;
const CLIENT = [192, 0, 2, 1];
const SERVER = [198, 51, 100, 2];

/** A segment of the client. */
export const up = (fields: TcpFields) => ethernet(ipv4(tcp(fields), { source: CLIENT, destination: SERVER }));

/** A segment of the server. */
export const down = (fields: TcpFields) =>
  ethernet(
    ipv4(tcp({ sourcePort: 80, destinationPort: 40_000, ...fields }), {
      source: SERVER,
      destination: CLIENT,
    }),
  );

/** The client's data begins at 1001, the server's at 2001. */
export const HANDSHAKE = [
  up({ flags: syn, sequence: 1000, acknowledgment: 0 }),
  down({ flags: syn | ack, sequence: 2000, acknowledgment: 1001 }),
  up({ flags: ack, sequence: 1001, acknowledgment: 2001 }),
];

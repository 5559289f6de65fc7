import type { Attributes } from '../../../model/attributes.ts';
import type { ConnectionUse } from '../../../model/connection-use.ts';
import type { FigureName } from '../figures.ts';
import type { Window } from '../window/window.ts';

/** What became of the connections to one port that were closed in the window. */
export interface ClosedConnections extends ConnectionUse {
  readonly port: number;
  /** All of them, those that carried no data too. */
  readonly count: number;
  /** Those on which nothing ever came. */
  readonly silent: number;
  /** Used ones per second. */
  readonly rate: number;
}

/**
 * By the port of the server. A connection within one host is seen at both of its ends; the server's end counts then, and
 * the client's where the server is elsewhere.
 */
export function closedByPort(window: Window<FigureName>): readonly ClosedConnections[] {
  const increase = (figure: FigureName, where: Attributes) =>
    window.reading(figure, ['server.port', 'lagpipe.tcp.role'], where)?.increase ?? 0;
  const ports = new Set(
    window.readings('connections_closed').map(({ attributes }) => attributes['server.port']),
  );
  return [...ports].map((port) => {
    const [where] = ['server', 'both', 'client']
      .map((role) => ({ 'server.port': port, 'lagpipe.tcp.role': role }))
      .filter((each, index) => index === 2 || increase('connections_closed', each) > 0);
    // Headers are seen by a capture, which has no role.
    const seenByCapture = { ...where, 'lagpipe.tcp.role': 'both' };
    const used = increase('connections_used', where);
    const seconds = window.seconds('connections_closed');
    return {
      port: Number(port),
      count: increase('connections_closed', where),
      used,
      exchanges: increase('connection_turns', where),
      exchangesOnShort: increase('connection_turns_on_short', where),
      byClient: increase('connections_closed_by_client', where),
      byServer: increase('connections_closed_by_server', where),
      silent: increase('connections_silent', where),
      firstRequests: increase('first_requests', seenByCapture),
      asksKeepAlive: increase('first_requests_keep_alive', seenByCapture),
      asksClose: increase('first_requests_close', seenByCapture),
      rate: seconds === 0 ? 0 : used / seconds,
    };
  });
}

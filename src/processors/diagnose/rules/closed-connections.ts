import type { Attributes } from '../../../model/attributes.ts';
import type { FigureName } from '../figures.ts';
import type { Window } from '../window/window.ts';

/** What became of the connections to one port that were closed in the window. */
export interface ClosedConnections {
  readonly port: number;
  /** All of them, those that carried no data too. */
  readonly count: number;
  /** Those that carried at least one request. */
  readonly used: number;
  /** Of the used ones, those that the server closed first. */
  readonly byServer: number;
  /** Requests that got a response, on all of them. */
  readonly turns: number;
  /** Those on which nothing ever came. */
  readonly silent: number;
  /** Of the used ones, those whose client asked to keep them. */
  readonly askedKeepAlive: number;
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
    const used = increase('connections_used', where);
    const seconds = window.seconds('connections_closed');
    return {
      port: Number(port),
      count: increase('connections_closed', where),
      used,
      byServer: increase('connections_closed_by_server', where),
      turns: increase('connection_turns', where),
      silent: increase('connections_silent', where),
      askedKeepAlive: increase('connections_asked_keep_alive', { ...where, 'lagpipe.tcp.role': 'both' }),
      rate: seconds === 0 ? 0 : used / seconds,
    };
  });
}

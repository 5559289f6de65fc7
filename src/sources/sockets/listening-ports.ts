import type { Role } from './figures.ts';

/** A server that was stopped leaves connections in TIME_WAIT, 60 s, which must not look like its own connects then. */
const MEMORY_SECONDS = 120;

/** As loader/socket_ports.c, which also knows the range of ports that connects come from. */
export class ListeningPorts {
  readonly #seenAt = new Map<number, number>();

  add(port: number, seconds: number): void {
    this.#seenAt.set(port, seconds);
  }

  forgetBefore(seconds: number): void {
    for (const [port, seenAt] of this.#seenAt) {
      if (seconds - seenAt > MEMORY_SECONDS) this.#seenAt.delete(port);
    }
  }

  roleOf(localPort: number): Role {
    return this.#seenAt.has(localPort) ? 'server' : 'client';
  }
}

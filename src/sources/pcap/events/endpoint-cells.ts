import { ipv4Text, ipv6Text } from '../../../lib/ip-text.ts';
import { type ConnectionTable, SEEN } from '../tcp/connection-table.ts';
import type { ChoiceCells, EventTable, NumberCells, TextCells } from './event-table.ts';
import { newText, type Text } from './text-cache.ts';

const SLOTS = 512;
const IPV4 = 4;

/** Fills `ENDPOINT_ATTRIBUTES`, except for the protocol. */
export class EndpointCells {
  readonly #connections: ConnectionTable;
  readonly #clientAddress: AddressCells;
  readonly #serverAddress: AddressCells;
  readonly #clientPort: NumberCells;
  readonly #serverPort: NumberCells;
  readonly #transport: ChoiceCells;
  readonly #networkType: ChoiceCells;
  readonly #roles: ChoiceCells;

  constructor(table: EventTable, connections: ConnectionTable) {
    this.#connections = connections;
    this.#clientAddress = new AddressCells(table.text('client.address'), connections);
    this.#serverAddress = new AddressCells(table.text('server.address'), connections);
    this.#clientPort = table.number('client.port');
    this.#serverPort = table.number('server.port');
    this.#transport = table.choice('network.transport', ['tcp']);
    this.#networkType = table.choice('network.type', ['ipv4', 'ipv6']);
    this.#roles = table.choice('lagpipe.tcp.roles', ['handshake', 'guessed']);
  }

  set(row: number, slot: number): void {
    const { index, ipVersion, seen, clientSide } = this.#connections;
    const client = clientSide[slot];
    this.#clientAddress.set(row, slot, client);
    this.#serverAddress.set(row, slot, 1 - client);
    this.#clientPort.set(row, index.port(slot, client));
    this.#serverPort.set(row, index.port(slot, 1 - client));
    this.#transport.set(row, 1);
    this.#networkType.set(row, ipVersion[slot] === IPV4 ? 1 : 2);
    this.#roles.set(row, (seen[slot] & SEEN.rolesGuessed) === 0 ? 1 : 2);
  }
}

/** Addresses to texts, direct-mapped as in `TextCache`. */
class AddressCells {
  readonly #cells: TextCells;
  readonly #connections: ConnectionTable;
  readonly #texts: (Text | undefined)[] = new Array<Text | undefined>(SLOTS).fill(undefined);
  readonly #words = new Int32Array(SLOTS * 4);
  readonly #versions = new Uint8Array(SLOTS);

  constructor(cells: TextCells, connections: ConnectionTable) {
    this.#cells = cells;
    this.#connections = connections;
  }

  set(row: number, slot: number, side: number): void {
    if (!this.#cells.isRead) return;
    const { index, ipVersion } = this.#connections;
    const version = ipVersion[slot];
    const a = index.addressWord(slot, side, 0);
    const b = index.addressWord(slot, side, 1);
    const c = index.addressWord(slot, side, 2);
    const d = index.addressWord(slot, side, 3);
    const hash = Math.imul(d ^ Math.imul(c ^ b ^ a, 0x85ebca6b), 0x9e3779b1);
    const at = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const words = this.#words;
    let text = this.#texts[at];
    if (
      text === undefined ||
      words[at * 4 + 3] !== d ||
      words[at * 4 + 2] !== c ||
      words[at * 4 + 1] !== b ||
      words[at * 4] !== a ||
      this.#versions[at] !== version
    ) {
      words[at * 4] = a;
      words[at * 4 + 1] = b;
      words[at * 4 + 2] = c;
      words[at * 4 + 3] = d;
      this.#versions[at] = version;
      text = newText(addressText(version, a, b, c, d));
      this.#texts[at] = text;
    }
    this.#cells.set(row, text);
  }
}

function addressText(version: number, ...words: readonly number[]): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setInt32(index * 4, word);
  });
  return version === IPV4 ? ipv4Text(bytes.subarray(12)) : ipv6Text(bytes);
}

/** Interface names that every host has, or that say what kind of interface it is and nothing else. */
const PLAIN_INTERFACE =
  /^(?:lo|eth\d{1,2}|ens\d{1,3}|eno\d{1,3}|enp\d{1,3}s\d{1,3}(?:f\d)?|wlan\d|bond\d|br\d|ifb\d|dummy\d|docker0|tun\d|tap\d|sit0|veth\d{1,2})$/;

/**
 * A file of /proc without what tells one host or owner from another. Counters stay as they are. Only interface names
 * (a VLAN or a bridge can be called after a customer, a veth after a container) and the devices of interrupts
 * (which name interfaces) can hold such words in the files that the `proc` source reads.
 */
export function sanitise(name: string, text: string): string {
  if (name === 'net/dev') {
    return text.replace(/^ *([^\s|]+):(?= *\d)/gm, (line, device: string) =>
      PLAIN_INTERFACE.test(device) ? line : line.replace(device, standIn(device)),
    );
  }
  if (name === 'interrupts') {
    return text.replace(/([A-Za-z][\w.]*)(?=-(?:TxRx|tx|rx|Tx|Rx)\b)/g, (device) =>
      PLAIN_INTERFACE.test(device) || /^virtio\d+$|^mlx5$|^ena$/.test(device) ? device : standIn(device),
    );
  }
  return text;
}

/** Always the same for one name, so that ticks and files still belong together. */
function standIn(device: string): string {
  let sum = 0;
  for (const character of device) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 10_000;
  return `if${String(sum).padStart(4, '0')}`;
}

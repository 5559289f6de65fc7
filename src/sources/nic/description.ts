export const NIC_DESCRIPTION = `
Packets that are lost before the kernel sees them appear in no counter of TCP: only the card's driver knows. And a card
whose interrupts all go to one CPU is slow while the others idle. No privileges are needed. The loader asks the drivers
(ioctl SIOCETHTOOL); the rest comes from /sys and /proc.

All have \`network.interface.name\`. Statistics of drivers are those whose name holds drop, disc, err, fifo, buf, fail,
miss, oob, fcs, full, frags, hdr, tso, pause, lost, csum or exceeded, unless it is known to count what went well.

### Spread

With the share s of each CPU, 1/Σs² is how many CPUs share the interrupts as if evenly. The score is that by the number
that could: the lesser of receive queues and online CPUs that the affinities allow. 1 is as spread as can be, 1/8 is
all on one of eight; it is above 1 where receive and send queues interrupt apart. It is told when there were interrupts.
Below 0.5, with one CPU busy and many interrupts, see irqbalance, smp_affinity and the number of queues. With one queue
there is nothing to spread: RPS hands its packets to others.

Under load the kernel polls instead of being interrupted, so look at \`lagpipe.softnet.processed\` by CPU as well (source
\`proc\`); with RPS on, at that alone.

### Where a driver tells nothing

Many virtual cards have few statistics or none. That is said once for each interface; the figures with the origin
\`kernel\` are there for all. IRQs are those of the device (msi_irqs), or those named after the interface. A virtual
interface has none. Drivers are asked in the network namespace of the agent, /sys shows that in which it was mounted:
in a container both are its own. A counter that falls, or an interface with another index under the same name, begins anew.
`.trim();

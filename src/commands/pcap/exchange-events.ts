/** What is printed, and counted below it; other events are for the summary, or for `--json`. */
export const EXCHANGE_EVENTS: readonly string[] = ['http.exchange', 'tcp.exchange'];

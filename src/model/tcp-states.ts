/** The kernel's numbers of TCP states (include/net/tcp_states.h), with the names of the semantic conventions; 0 is none. */
export const TCP_STATES = [
  '',
  'established',
  'syn_sent',
  'syn_received',
  'fin_wait_1',
  'fin_wait_2',
  'time_wait',
  'closed',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
] as const;

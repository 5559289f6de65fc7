/** Settles at the first signal that asks to stop; a second one ends the process the way the system does. */
export function interrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve('interrupted'));
  });
}

export function elapsed(millis: number | undefined): Promise<'elapsed'> {
  return new Promise((resolve) => {
    if (millis !== undefined) setTimeout(() => resolve('elapsed'), millis);
  });
}

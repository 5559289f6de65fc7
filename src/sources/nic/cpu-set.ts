/** CPUs of a list as the kernel writes it: `0-3,8` is 0, 1, 2, 3, 8. What is no number is left out. */
export function cpusOfList(text: string): ReadonlySet<number> {
  const cpus = new Set<number>();
  for (const range of text.trim().split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
    if (first === undefined) continue;
    for (let cpu = Number(first); cpu <= Number(last); cpu += 1) cpus.add(cpu);
  }
  return cpus;
}

/** CPUs of a mask as the kernel writes it, words of 32 bits, the highest first: `1,80000000` is 31 and 32. */
export function cpusOfMask(text: string): ReadonlySet<number> {
  const cpus = new Set<number>();
  const words = text.trim().split(',').reverse();
  words.forEach((word, index) => {
    if (!/^[0-9a-f]{1,8}$/i.test(word)) return;
    const bits = Number.parseInt(word, 16);
    for (let bit = 0; bit < 32; bit += 1) if ((bits >>> bit) & 1) cpus.add(index * 32 + bit);
  });
  return cpus;
}

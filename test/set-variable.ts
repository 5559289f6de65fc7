/** Sets a variable of the environment and returns how to take that back: test files share a process. */
export function setVariable(name: string, value: string | undefined): () => void {
  const before = process.env[name];
  put(name, value);
  return () => put(name, before);
}

function put(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

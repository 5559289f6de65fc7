/** RFC 9110, RFC 5789 (PATCH), and WebDAV's most common: what a request line is known by before it is whole. */
const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'CONNECT',
  'TRACE',
  'PROPFIND',
].map((method) => new TextEncoder().encode(`${method} `));

/** Whether a method that is known, and the blank behind it, are there. */
export function beginsWithMethod(bytes: Uint8Array, start: number, end: number): boolean {
  return METHODS.some((method) => {
    if (end - start < method.length) return false;
    for (let index = 0; index < method.length; index++) {
      if (bytes[start + index] !== method[index]) return false;
    }
    return true;
  });
}

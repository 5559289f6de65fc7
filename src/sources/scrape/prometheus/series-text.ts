/** The name and the labels of a series, read from the text in front of its value. */
export interface SeriesText {
  readonly name: string;
  /** Without those whose value is empty, which is the same as not there. */
  readonly labels: readonly (readonly [name: string, value: string])[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const QUOTED = /^"((?:[^"\\]|\\.)*)"/s;

/**
 * `http_requests_total{method="post",path="/a\\"b"}`, or with any name in quotes since Prometheus 3:
 * `{"http.requests", "http.method"="post"}`. `undefined` when it is not that.
 */
export function parseSeries(text: string): SeriesText | undefined {
  let name = NAME.exec(text)?.[0];
  let rest = text.slice(name?.length ?? 0).trim();
  if (rest === '') return name === undefined ? undefined : { name, labels: [] };
  if (!rest.startsWith('{') || !rest.endsWith('}')) return undefined;
  rest = rest.slice(1, -1).trim();
  const labels = new Map<string, string>();
  while (rest !== '') {
    const word = QUOTED.exec(rest) ?? LABEL_NAME.exec(rest);
    if (!word) return undefined;
    const key = word[1] === undefined ? word[0] : unescapeText(word[1]);
    rest = rest.slice(word[0].length).trimStart();
    if (rest.startsWith('=')) {
      const value = QUOTED.exec(rest.slice(1).trimStart());
      if (!value || labels.has(key)) return undefined;
      labels.set(key, unescapeText(value[1]));
      rest = rest.slice(1).trimStart().slice(value[0].length).trimStart();
    } else if (name === undefined && word[1] !== undefined) {
      name = key;
    } else {
      return undefined;
    }
    if (rest.startsWith(',')) rest = rest.slice(1).trimStart();
    else if (rest !== '') return undefined;
  }
  if (name === undefined || name === '') return undefined;
  return { name, labels: [...labels].filter(([, value]) => value !== '') };
}

/** `\\`, `\"` and `\n`; a backslash in front of anything else stands for itself. */
export function unescapeText(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

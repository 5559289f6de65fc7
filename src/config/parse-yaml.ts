import { type Document, parseAllDocuments, type YAMLError } from 'yaml';
import { errorAt, type Finding } from './tree.ts';

export interface ParsedYaml {
  /** The first document; also there when it has errors, for what could be read of it. */
  readonly document?: Document.Parsed;
  readonly findings: readonly Finding[];
}

/** More would only bury the first, which is mostly the cause of the rest. */
const MOST_SYNTAX_ERRORS = 20;

interface Fallible {
  readonly errors: readonly YAMLError[];
  readonly warnings: readonly YAMLError[];
}

/**
 * One YAML 1.2 document, core schema. Several syntax errors where the parser can go on. Duplicate keys, merge keys
 * and aliases are left to the tree, which has better words for them.
 */
export function parseYaml(text: string): ParsedYaml {
  const documents = parseAllDocuments(text, {
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  if ('empty' in documents || documents.length === 0) {
    const message = 'the file is empty; a pipeline file has at least sources, sinks and pipelines';
    return {
      findings: [errorAt({ start: 0, end: 0 }, message), ...syntaxErrors(documents as Fallible, text)],
    };
  }
  const [document, second] = documents;
  const findings = syntaxErrors(document, text);
  if (second !== undefined) {
    const start = text.indexOf('---', document.range[1]);
    const at = start === -1 ? second.range[0] : start;
    findings.push(
      errorAt({ start: at, end: at + 3 }, 'a second document begins here; write one pipeline file for each'),
    );
  }
  return { document, findings };
}

/** In file order, up to the first thing that the parser did not expect: what it says after that is noise. */
function syntaxErrors(document: Fallible, text: string): Finding[] {
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const lost = errors.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  const telling = lost === -1 ? errors : errors.slice(0, lost + 1);
  return telling.slice(0, MOST_SYNTAX_ERRORS).map((error) => {
    const [start, end] = error.pos;
    if (error.code === 'UNEXPECTED_TOKEN' && text.startsWith('${', start - 1)) {
      const close = text.indexOf('}', start);
      const message = `inside { } and [ ] a reference must be in quotes: "\${NAME}"`;
      return errorAt({ start: start - 1, end: close === -1 ? end : close + 1 }, message);
    }
    return errorAt({ start, end }, syntaxMessage(error));
  });
}

/** In words that say what to do. The parser's own never repeat the text itself here: it may be a secret. */
function syntaxMessage({ code, message }: YAMLError): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; YAML allows only spaces';
    case 'BAD_SCALAR_START':
      return 'a plain value cannot begin with this character; put the value in quotes';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second ": " in one line; put a value that contains one in quotes';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a key without ": " after it, or a value that is indented less than its key';
    case 'NON_STRING_KEY':
      return 'a key must be a plain text';
    case 'BAD_DQ_ESCAPE':
      return 'YAML does not have this escape; inside double quotes write \\\\ for a backslash, or use single quotes';
    case 'TAG_RESOLVE_FAILED':
      return 'this tag is not known here, or its value does not fit it; leave the tag out';
    case 'RESOURCE_EXHAUSTION':
      return 'this is nested too deeply';
    default:
      return `YAML syntax: ${withoutSource(message)}`;
  }
}

/** `Unexpected flow-seq-end token in YAML stream: "]"` → `unexpected flow-seq-end token in YAML stream` */
function withoutSource(message: string): string {
  const words = message.replace(/: .*$/s, '');
  return words.charAt(0).toLowerCase() + words.slice(1);
}

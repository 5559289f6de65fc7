import { DIFFERENCES } from '../src/model/line-format/justniffer.ts';
import { type Argument, KEYWORDS, REFUSED } from '../src/model/line-format/keywords.ts';
import { COMMON_LOG_FORMAT } from '../src/model/line-format/line-format.ts';
import { cell } from './emits-tables.ts';
import { NOTICE } from './reference-page.ts';

const ARGUMENT_TEXT: Readonly<Record<Argument, string>> = {
  none: '',
  not_found: '`(not-found text)`',
  time_format: '`(strftime)`',
  header_name: '`(Name)`, needed',
  pattern: '`(pattern)`, needed',
};

const LANGUAGE = `
The \`format\` of the sinks \`stdout\` and \`file\`, and of \`lagpipe pcap -l\`, is Justniffer's language: text with keywords, one
line for each exchange. A \`-l\` line of Justniffer's works as it is.

- \`%keyword\` is replaced by its value; \`%keyword(text)\` by the text where there is no value. Without a text of its own
  that is \`not_found\`, by default \`-\`.
- A name goes on as long as letters, digits, \`.\` and \`_\` follow. \`%-\` ends it: \`%response.time%-s\`.
- \`%%\` is a percent sign, \`%tab\` a tab, \`%newline\` a line break.
- Durations are seconds with six decimals. A time stamp is local time, \`2026-05-12 08:57:54.651504\`; with a format of
  \`strftime\` in parentheses it is written by that, without a fraction. \`…timestamp2\` is seconds since 1970.
- \`%{attribute}\`, which Justniffer does not have, is any attribute of any event as it is, such as
  \`%{lagpipe.exchange.retransmits}\`; \`%{time}\` and \`%{time}(strftime)\` are the event's time.

A format with one of Justniffer's keywords writes exchanges and nothing else. One with \`%{…}\` alone writes every event
that has at least one of its attributes.

Without \`-l\`, Justniffer prints the log format of web servers; here it is written out:

\`\`\`
${COMMON_LOG_FORMAT}
\`\`\`
`.trim();

/** The reference page of the language of lines. */
export function lineFormatPage(): string {
  const rows = Array.from(KEYWORDS, ([name, { argument, attribute, meaning }]) => {
    const shown = argument === 'header_name' ? `${attribute}<name>` : attribute;
    return `| ${[`\`%${name}\``, ARGUMENT_TEXT[argument], `\`${shown}\``, meaning].map(cell).join(' | ')} |`;
  });
  const refused = Object.entries(REFUSED).map(([name, why]) => `- \`%${name}\`: ${why}.`);
  return `${[
    NOTICE,
    '# Lines of your own',
    LANGUAGE,
    '## Keywords',
    ['| keyword | behind it | attribute | |', '|---|---|---|---|', ...rows].join('\n'),
    'Not supported:',
    refused.join('\n'),
    '## Differences from Justniffer',
    DIFFERENCES.map((difference) => `- ${difference}`).join('\n'),
  ].join('\n\n')}\n`;
}

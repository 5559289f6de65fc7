import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KEYWORDS } from './keywords.ts';
import { COMMON_LOG_FORMAT, parseLineFormat } from './line-format.ts';

function problemsOf(text: string): readonly string[] {
  return parseLineFormat(text, '-').problems.map(({ position, message }) => `${position}: ${message}`);
}

describe('parseLineFormat', () => {
  it('takes every keyword', () => {
    const behind = { none: '', not_found: '', time_format: '', header_name: '(Cookie)', pattern: '(a)' };
    for (const [name, { argument }] of KEYWORDS) {
      const { format, problems } = parseLineFormat(`%${name}${behind[argument]}`, '-');
      assert.deepEqual([problems, format.pieces.length], [[], 1], name);
    }
  });

  it("takes the seed's line and Justniffer's default", () => {
    const seed =
      '%request.timestamp %dest.ip %dest.port c=%connection.time i=%idle.time.0 req=%request.time resp=%response.time ' +
      'i2=%idle.time.1 s=%session.time %connection %close.originator req_h=%request.header.connection resp_h=%response.header.connection';
    assert.deepEqual(problemsOf(seed), []);
    assert.deepEqual(problemsOf(COMMON_LOG_FORMAT), []);
  });

  it('names each attribute that it shows once, and not the time', () => {
    const { format } = parseLineFormat('%{time} %request.url %request.url %{server.port}', '-');
    assert.deepEqual(format.attributes, ['url.original', 'server.port']);
  });

  for (const [text, attribute, notFound] of [
    ['%request.header.accept', 'http.request.header.accept', '-'],
    ['%request.header.accept-charset', 'http.request.header.accept-charset', '-'],
    ['%request.header.host(none)', 'http.request.header.host', 'none'],
    ['%request.header.host()', 'http.request.header.host', ''],
    ['%request.header.host(a (b) c)', 'http.request.header.host', 'a (b) c'],
    ['%request.header.value(X-Trace)', 'http.request.header.x-trace', '-'],
    ['%{http.request.method}(none)', 'http.request.method', 'none'],
  ]) {
    it(`reads ${text}`, () => {
      const { format, problems } = parseLineFormat(text, '-');
      assert.deepEqual(problems, []);
      assert.deepEqual(
        format.pieces.map((piece) => [piece.attribute, piece.notFound]),
        [[attribute, notFound]],
      );
      assert.equal(format.after, '');
    });
  }

  for (const [text, before, after] of [
    ['a%tab%%b %source.ip%newline', 'a\t%b ', '\n'],
    ['100%%of%source.ip%-s', '100%of', 's'],
    ['%source.ip(text)', '', '(text)'],
    ['%source.ip-b', '', '-b'],
  ]) {
    it(`keeps the text around the values of ${text}`, () => {
      const { format } = parseLineFormat(text, '-');
      assert.equal(format.pieces[0].before, before);
      assert.equal(format.after, after);
    });
  }

  it('leaves a parenthesis that is not closed to the text', () => {
    const { format, problems } = parseLineFormat('%connection.time(ms', '-');
    assert.deepEqual([problems, format.pieces[0].notFound, format.after], [[], '-', '(ms']);
  });

  for (const [text, ...expected] of [
    ['%request.ulr', '1: there is no keyword %request.ulr; did you mean %request.url?'],
    [
      'x %tabs %dest.ipp',
      '3: there is no keyword %tabs; did you mean %tab?',
      '9: there is no keyword %dest.ipp; did you mean %dest.ip?',
    ],
    [
      '%response.timeseconds',
      '1: there is no keyword %response.timeseconds; did you mean %response.time.end, or %response.time and then text: %response.time%-seconds?',
    ],
    [
      '%request.header.x-trace',
      '1: there is no keyword %request.header.x-trace; write %request.header.value(x-trace)',
    ],
    ['50% of', '3: a single % means nothing; write %% for a percent sign'],
    [
      '%python(handler)',
      '1: %python is not supported: lagpipe runs no scripts; print what the script needs, or write JSON lines and pipe them into it',
    ],
    ['%request.header.value', '1: %request.header.value needs a name: %request.header.value(Cookie)'],
    ['%request.grep', '1: %request.grep needs a pattern: %request.grep(id=(\\d+))'],
    ['%{', '1: %{ begins the name of an attribute and needs one, such as %{client.address}'],
    ['%{}', '1: %{ begins the name of an attribute and needs one, such as %{client.address}'],
  ]) {
    it(`says what is wrong with ${text}`, () => {
      assert.deepEqual(problemsOf(text), expected);
    });
  }

  it('says why a pattern cannot be read', () => {
    const [problem] = problemsOf('a %response.grep((?<1>a))');
    assert.match(problem, /^3: the pattern of %response\.grep cannot be read: .*JavaScript/);
  });

  it('reads any text, or says where it is wrong', () => {
    const part = fc.oneof(fc.constantFrom(...[...KEYWORDS.keys()].map((name) => `%${name}`)), fc.string());
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        for (const { position } of parseLineFormat(text, '-').problems) assert.equal(text[position - 1], '%');
      }),
    );
  });
});

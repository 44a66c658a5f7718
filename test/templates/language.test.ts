import { describe, expect, it } from '@jest/globals';
import { SimpleTemplate } from '../../src/templates/index.js';
import { anyText, cases, fc } from '../property.js';

const render = (source: string, vars: object = {}) => new SimpleTemplate(source).render(vars);

describe('expressions', () => {
  it.each([
    [
      'escape what HTML would read as markup',
      '<{{v}}>',
      { v: `<a b="c" d='e'>&` },
      '<&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;>',
    ],
    ['print raw after an exclamation mark', '{{!v}}{{ ! v }}', { v: '<b>' }, '<b><b>'],
    ['print nothing for null and undefined', '[{{a}}{{b}}{{!a}}{{!b}}]', { a: null, b: undefined }, '[]'],
    ['print zero, false and the empty string', '{{0}} {{false}} [{{""}}]', {}, '0 false []'],
    ['hold strings with the end token', `{{'}}'}}{{"{{"}}{{'%'}}`, {}, '}}{{%'],
    ['hold object literals', '{{ {a: {b: 1}}.a.b }}{{ {a:{b:2}}.a.b}}{{JSON.stringify({a:{}})}}', {}, '12{&quot;a&quot;:{}}'],
    ['hold template literals', '{{ `}}${ {a: `}}${1}`}.a }` }}', {}, '}}}}1'],
    ['hold regular expressions', '{{ /}}|"/.test(v) }} {{ 4 / 2 / 1 }}', { v: '}}' }, 'true 2'],
    ['hold comments', '{{ v /* }} */ }}{{ v // note }}.', { v: 1 }, '11.'],
    ['extend over lines', '{{\n  v\n  + 1\n}}', { v: 1 }, '2'],
    ['are ternaries, arrows, spreads', '{{ v ? [...v].map((x) => ({ x }).x + 1).join() : 0 }}', { v: [1, 2] }, '2,3'],
    ['may be a comma expression', '{{ 1, 2 }}', {}, '2'],
  ])('%s', (_, source, vars, expected) => {
    expect(render(source, vars)).toBe(expected);
  });
});

describe('lines of code', () => {
  it.each([
    ['leave no white space behind', 'a\n  % const x = 1\n\t%x\nb {{x}}\n', {}, 'a\nb 1\n'],
    ['may be the last line', 'a\n% const x = 1', {}, 'a\n'],
    ['may have Windows line ends', '% v += 1\r\n{{v}}\r\n% if v:\r\nx\r\n% end\r\n', { v: 5 }, '6\r\nx\r\n'],
    ['are comments after # and //', 'a\n%# nothing: {\n% // nothing: (\n% /* a: */\nb', {}, 'a\nb'],
    ['may end in a comment', '% if v: // always {\nyes\n% end # really\n', { v: 1 }, 'yes\n'],
    ['do not begin within a line', 'This has % and <% but no code.', {}, 'This has % and <% but no code.'],
    ['continue while brackets are open', '% const o = {\n%   if: 1,\n\n%   end: [\n%     2],\n% }\n{{o.if + o.end[0]}}', {}, '3'],
    [
      'hold text with colons, percents and braces',
      `% const s = ':%}}{' + \`%:\n\${1 % 2}}}\` + /[/:}%]"/.source\n{{!s}}`,
      {},
      ':%}}{%:\n1}}[/:}%]"',
    ],
    [
      'continue after a backslash, as in Bottle',
      '% if v && \\\n%   v > 1:\nyes\n% end\n% n = 1 \\\r\n% + 1\n{{n}}',
      { v: 2 },
      'yes\n2',
    ],
    ['set variables without declaring them', '% n = 0\n% for i of [1, 2, 3]:\n% n += i\n% end\n{{n}}', {}, '6'],
  ])('%s', (_, source, vars, expected) => {
    expect(render(source, vars)).toBe(expected);
  });

  it.each([
    ['% at the start of a line', '\\% text\n  \\%% text', '% text\n  %% text'],
    ['<% at the start of a line', '\\<% text %>', '<% text %>'],
    ['% after white space', 'x  \\% not code', 'x  % not code'],
    ['{{', 'a \\{{ b }} \\{{!c}}{{1}}', 'a {{ b }} {{!c}}1'],
    ['a backslash before {{', 'C:\\\\{{ 1 }}', 'C:\\1'],
    ['nothing elsewhere', '50\\% \\ \\n C:\\%', '50\\% \\ \\n C:\\%'],
  ])('a backslash escapes %s', (_, source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it.each([
    ['joins a line to code', 'start\\\\\n%1\nend', 'startend'],
    ['joins a line to text', 'a \\\\\n b', 'a  b'],
    ['joins under Windows', 'a\\\\\r\nb', 'ab'],
    ['stays in front of an empty line, as in Bottle', 'start\\\\\n\n%1\nend', 'start\\\\\n\nend'],
    ['stays within a line', 'a \\\\ b', 'a \\\\ b'],
  ])('a double backslash %s', (_, source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('blocks of code', () => {
  it.each([
    ['span lines and leave none', 'a\n  <%\n  const x = 1;\n  const y = "%>" // %\n%>\nb {{x}} {{y}}', 'a\nb 1 %&gt;'],
    ['stand on one line', 'a\n<% const x = 1 %>\nb{{x}}', 'a\nb1'],
    ['end within a comment', '<% // nothing %>\na', 'a'],
    ['know colons and end', '<%\nlet s = ""\nfor x of [1, 2]:\n  if x % 2: s += x\n  else: s += "-"\nend\n%>\n{{s}}', '1-'],
    ['know plain JavaScript', '<%\nlet s = ""\nfor (const x of [1, 2]) {\n  s += x % 2 ? "a" : "b"\n}\n%>\n{{s}}', 'ab'],
    ['alternate with text on a line that begins with one', '<% if (1) { %>yes<% } else { %>no<% } %> indeed', 'yes indeed'],
    ['take functions with text', '<% [1, 2].forEach((x) => { %>\n<i>{{x}}</i>\n<% }) %>\n', '<i>1</i>\n<i>2</i>\n'],
  ])('%s', (_, source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('block statements', () => {
  const branches = '% if v > 2:\nbig\n% elif v > 1:\nmiddle\n% else if (v > 0):\nsmall\n% else:\nnone\n% end\n';
  it.each([
    ['big', 3],
    ['middle', 2],
    ['small', 1],
    ['none', 0],
  ])('if, elif, else if and else choose %s', (expected, v) => {
    expect(render(branches, { v })).toBe(`${expected}\n`);
  });

  it.each([
    [
      'for … of with and without parentheses',
      '% for x of v:\n{{x}}\n% end\n% for (const x of v):\n{{x}}\n% end',
      { v: [1, 2] },
      '1\n2\n1\n2\n',
    ],
    ['for with a pattern', '% for [k, v] of Object.entries(o):\n{{k}}={{v}}\n% end', { o: { a: 1 } }, 'a=1\n'],
    [
      'for … in, and the counting for',
      '% for k in o:\n{{k}}\n% end\n% for let i = 0; i < 2; i++:\n{{i}}\n% end',
      { o: { a: 1 } },
      'a\n0\n1\n',
    ],
    ['while', '% let i = 2\n% while i --> 0:\n{{i}}\n% end', {}, '1\n0\n'],
    ['try, catch and finally', '% try:\n% null.x\n% catch e:\n{{e.name}}\n% finally:\ndone\n% end', {}, 'TypeError\ndone\n'],
    ['except, without a variable', '% try:\n% throw 1\n% except:\nno\n% end', {}, 'no\n'],
    ['switch', '% switch v:\n\n% case 1:\none\n% break\n% default:\nmany\n% end', { v: 1 }, 'one\n'],
    ['ternaries in a condition', '% if v ? 0 : 1:\nyes\n% end', { v: 0 }, 'yes\n'],
    ['a regular expression in a condition', '% if /:$/.test(v):\nyes\n% end', { v: 'a:' }, 'yes\n'],
    ['an object in a condition', '% if { a: v }.a:\nyes\n% end', { v: 1 }, 'yes\n'],
    ['bodies on the same line', '% if v: x = 1\n% else: x = 2\n{{x}}', { v: 0 }, '2'],
    ['braces', '% for (const x of v) {\n% if (x > 1) {\n{{x}}\n% } else {\n-\n% }\n% }', { v: [1, 2] }, '-\n2\n'],
    [
      'braces within colons and the reverse',
      '% for x of v:\n% if (x > 1) {\n% if x:\n{{x}}\n% end\n% }\n% end',
      { v: [1, 2] },
      '2\n',
    ],
    ['braces closed by end, colons closed by braces', '% if (v) {\na\n% end\n% if v:\nb\n% } else {\nc\n% }', { v: 1 }, 'a\nb\n'],
    [
      'braces without parentheses',
      '% for x of [0, 1, 2] {\n% if x === 1 {\none\n% } else if x {\nmany\n% } else {\nnone\n% }\n% }',
      {},
      'none\none\nmany\n',
    ],
    [
      'elif and except with braces',
      '% if (v) {\n% } elif (!v) {\n% try {\n% throw 1\n% } except e {\n{{e}}\n% }\n% }',
      { v: 0 },
      '1\n',
    ],
    ['def with braces', '% def f(x) {\n<{{x}}>\n% }\n% f(1)', {}, '<1>\n'],
    [
      'braces after a string, and an object that only looks like a block',
      "% if v == 'a' {\na\n% }\n% if (v) v = {\n%   b: 1,\n% }\n{{v.b}}",
      { v: 'a' },
      'a\n1',
    ],
    ['return, which ends the page', 'a\n% if v:\n% return\n% end\nb', { v: 1 }, 'a\n'],
  ])('%s', (_, source, vars, expected) => {
    expect(render(source, vars)).toBe(expected);
  });

  it('functions print where they are called', () => {
    const source = 'a\n% function show(x, y = 2):\n<{{x}}{{y}}>\n% end\n% show(1)\nb {{show(3)}} {{!show(4, 5)}}c\n';
    expect(render(source)).toBe('a\n<12>\nb <32>\n <45>\nc\n');
    expect(render('% def f(n):\n{{n}}\\\\\n% if n > 0: f(n - 1)\n% end\n% f(2)')).toBe('210');
    expect(render('% const f = (x) => {\n[{{x}}]\\\\\n% }\n{{ [1, 2].map(f) }}')).toBe('[1][2],');
  });
});

describe('settings', () => {
  it('the tokens can be others', () => {
    const template = new SimpleTemplate({
      source: '@ for x of v:\n[[x]] {{x}} % \n@ end\n<?\nconst y = [[1]][0]\n?>\n[[ y[0] ]]',
      syntax: '<? ?> @ [[ ]]',
    });
    expect(template.render({ v: [1] })).toBe('1 {{x}} % \n1');
  });

  it('a wrong number of tokens is refused', () => {
    expect(() => new SimpleTemplate({ source: '', syntax: '<% %>' })).toThrow(/five tokens/);
  });

  it('noescape turns the two kinds of expression around', () => {
    expect(new SimpleTemplate({ source: '{{v}}{{!v}}', noescape: true }).render({ v: '<' })).toBe('<&lt;');
  });

  it('another escape function can be given', () => {
    const template = new SimpleTemplate({ source: '{{v}}', escape: (value) => `[${String(value)}]` });
    expect(template.render({ v: '<' })).toBe('[<]');
  });
});

it('text without syntax renders to itself', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab \t\n\r<>&"\'`$%\\{}()/:;#=é\u2028😀') });
  fc.assert(
    fc.property(text, (source) => {
      const plain = source
        .replace(/^[ \t]*\\?<?%/gm, '')
        .replace(/\{\{/g, '{')
        .replace(/\{\{/g, '')
        .replace(/\\/g, '/');
      fc.pre(!/\{\{|^[ \t]*<?%/m.test(plain));
      expect(render(plain)).toBe(plain);
    }),
    cases(200),
  );
  const any = anyText();
  fc.assert(
    fc.property(any, (source) => {
      fc.pre(!/\{\{|^[ \t]*\\?<?%|\s\\<?%|\\\\\r?\n/m.test(source));
      expect(render(source)).toBe(source);
    }),
    cases(300),
  );
});

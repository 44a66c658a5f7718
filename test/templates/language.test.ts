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
    ['nothing elsewhere', '50\\% \\ \\n C:\\%', '50\\% \\ \\n C:\\%'],
    ['no expression', 'C:\\{{1}}\\{{!2}} \\\\{{3}}', 'C:\\1\\2 \\\\3'],
  ])('a backslash escapes %s', (_, source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it.each([
    ['joins a line to code', 'start\\\\\n%1\nend', 'startend'],
    ['joins a line to a block of code', 'start\\\\\n  <% 1 %>\nend', 'startend'],
    ['joins a line to code under Windows', 'a\\\\\r\n%1\r\nb', 'ab'],
    ['joins after an expression', '{{1}}\\\\\n% 2\n', '1'],
    ['takes away the last line end', 'a\\\\\n', 'a'],
    ['stays in front of text, as in Bottle', 'a \\\\\n b', 'a \\\\\n b'],
    ['stays in front of an escaped line', 'a\\\\\n\\% b', 'a\\\\\n% b'],
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
    [
      'do not end within a comment, except at the end of its line',
      '<% # a comment\n  # %> is ignored here\n  // %> and here\n  /* %> */ x = 5\n  # but not here %>  \n{{x}}',
      '5',
    ],
    ['do not end within a comment of a template literal', '<% const s = `${1 // %>}\n}`\n%>\n{{s}}', '1'],
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

describe('a block on one line', () => {
  const sum = '% let n = 0\n% for x of [1, 2, 3]:\n';
  it.each([
    ['is closed by nothing', '% let n = 1\n% if v: n = 2\n{{n}}', '2'],
    ['is closed by end on its line', '% let n = 1\n% if v: n = 2; n += 1; end\n% if !v: n = 0; end # never\n{{n}}', '3'],
    ['is closed by end on the next line', '% let n = 1\n% if v: n = 2\n% end\n{{n}}', '2'],
    ['is closed by end after a comment or an empty line', '% let n = 1\n% if v: n = 2\n%# end\n\n% end\n{{n}}', '\n2'],
    ['has branches', '% let n\n% if !v: n = 1\n% elif v: n = 2\n% else: n = 3\n% end\n{{n}}', '2'],
    ['closes a longer block with its branch', '% let n\n% if !v:\na\n% else: n = 2; end\n{{n}}', '2'],
    ['is any loop', '<%\nlet n = 0\nfor x of [1, 2]: n += x; end\nwhile n < 9: n++; end\n%>\n{{n}}', '9'],
    ['counts', '% let n = 0\n% for let i = 0; i < 3; i++: n += i; end\n{{n}}', '3'],
    ['is a function', '% function f(x): return x + 1; end\n{{f(1)}}', '2'],
    ['is empty', '% if v: end\nx', 'x'],
    ['stands before other statements', '% let n = 0\n% if !v: n = 1; end; n += 5\n{{n}}', '5'],
    ['leaves the end to the enclosing block', `${sum}% if x > 1: n += x\n% end\n{{n}}`, '5'],
    ['takes the first of two ends', `${sum}% if x > 1: n += x\n% end\n{{x}}\n% end\n{{n}}`, '1\n2\n3\n5'],
    ['takes an end of its column', `${sum}%   if x > 1: n += x\n%   end\n%   if x > 2: n += x\n% end\n{{n}}`, '8'],
    ['takes its end each time', `${sum}% if x > 1: n += x\n% end\n% if x > 2: n += x\n% end\n% end\n{{n}}`, '8'],
    ['takes its end before else', '% if !v:\n% if v: n = 1\n% end\n% else:\nx\n% end\n', 'x\n'],
    ['takes its end before a brace', '% if (v) {\n% if v: n = 1\n% end\n{{n}}\n% }', '1\n'],
  ])('%s', (_, source, expected) => {
    expect(render(source, { v: 1 })).toBe(expected);
  });

  it('may be written with and without end, in any nesting', () => {
    type Block = { line: boolean; end: 'none' | 'same' | 'next'; body: readonly Block[] };
    const { block } = fc.letrec<{ block: Block }>((tie) => ({
      block: fc.record({
        line: fc.boolean(),
        end: fc.constantFrom('none' as const, 'same' as const, 'next' as const),
        body: fc.oneof({ maxDepth: 3 }, fc.constant<readonly Block[]>([]), fc.array(tie('block'), { maxLength: 3 })),
      }),
    }));
    const count = (blocks: readonly Block[]): number =>
      blocks.reduce((sum, { line, body }) => sum + 1 + (line ? 0 : count(body)), 0);
    const write = (blocks: readonly Block[], indent: string): string =>
      blocks
        .map(({ line, end, body }) => {
          if (!line) return `${indent}% if v:\n${indent}% n += 1\n${write(body, `${indent}  `)}${indent}% end\n`;
          if (end === 'same') return `${indent}% if v: n += 1; end\n`;
          return `${indent}% if v: n += 1\n${end === 'next' ? `${indent}% end\n` : ''}`;
        })
        .join('');
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), (blocks) => {
        const source = `% let n = 0\n${write(blocks, '')}{{n}}`;
        expect(render(source, { v: 1 })).toBe(String(count(blocks)));
      }),
      cases(200),
    );
  });

  it('does not hide an end too many', () => {
    expect(() => render('% if v: n = 1\n% end\n% end\n')).toThrow(/:3:3: 'end' without an open block/);
    expect(() => render('% if v: n = 1; end; end\n')).toThrow(/:1:21: 'end' without an open block/);
    expect(() => render('% for x of v:\n% if x: n = 1\n% end\n% end\ntext\n% end\n')).toThrow(/:6:3: 'end' without/);
    expect(() => render('% if v: n = 1\ntext\n% end\n')).toThrow(/:3:3: 'end' without an open block/);
  });

  it('leaves end as a name elsewhere', () => {
    expect(render('% const end = 2\n% const f = () => { const n = 1; return end }\n{{end}}{{f()}}{{ { end }.end }}')).toBe('222');
  });
});

// The same inputs as in the tests of Bottle's SimpleTemplate, with JavaScript as the language.
describe('as in Bottle', () => {
  it.each([
    ['white space may precede the colon', '%if 1:\nyes\n%else     :\nno\n%end\n', 'yes\n'],
    ['a comment sign in a string does not begin a comment', "%if '#':\nyes\n%end\n", 'yes\n'],
    ['a backslash continues a condition', '%if 1\\\n%&& 1:\nyes\n%end\n', 'yes\n'],
    ['a list may have lines', '%a=[1,\n%2]\n{{a.length}}', '2'],
    ['indentation means nothing', '<%   if true:\n  a = 2\n      else:\n    a = 0\n        end\n%>\n{{a}}', '2'],
    ['a block of code may end after end', '<%   if true:\n  a = 2\n   end %>\n{{a}}', '2'],
    ['a block of code has Windows line ends', '<% a = 5\r\nb = 6\r\nc = 7\r\n%>\r\n{{a+b+c}}', '18'],
    [
      'a string hides the end of its block',
      "<% x=5 # a comment\n  y = '%>' # a string\n  # lets end this %>\n{{x}}{{!y}}",
      '5%>',
    ],
    ['loops on one line', "start\n%let a=''\n%for i of [1,2,3]: a += String(i); end\n{{a}}\nend", 'start\n123\nend'],
  ])('%s', (_, source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('two lines of code are two statements', () => {
  it.each([
    ['a list', '% let b = 5\n% [1, 2].forEach((x) => { b += x })\n{{b}}', '8'],
    ['parentheses', '% const f = v\n% (1 + 1)\n{{typeof f}}', 'object'],
    ['parentheses after a function', '% const f = function () {\n% return 1\n% }\n% (1 + 1)\n{{typeof f}}', 'function'],
    ['a template literal', '% let b = v.tag\n% `x`\n{{typeof b}}', 'function'],
    ['a sign', '% let b = 5\n% -1\n% +1\n{{b}}', '5'],
    ['a regular expression', '% let b = 5\n% /5/.test(b)\n{{b}}', '5'],
    ['a list within a block of code', '<%\nlet b = 5\n[1, 2].forEach((x) => { b += x })\n%>\n{{b}}', '8'],
    ['a list after a block of code', '<% let b = 5 %>\n% [1, 2].forEach((x) => { b += x })\n{{b}}', '8'],
    ['a list after a method with the name of a keyword', '% const f = v.delete\n% [1].map(String)\n{{typeof f}}', 'function'],
    ['a change to a variable that the template has set', '% n = 1\n% n += 1\n% n++\n{{n}}', '3'],
    ['a change to a member of such a variable', '<%\nn = {}\nn.x = 1\n%>\n{{n.x}}', '1'],
    ['a computed field of a class', '<%\nclass C {\nx = 1\n[v.key] = 2\n}\n%>\n{{new C().x}}{{new C().k}}', '12'],
  ])('when the second starts with %s', (_, source, expected) => {
    const v = { tag: () => 'called', delete: () => 'called', key: 'k' };
    expect(render(source, { v })).toBe(expected);
  });

  it.each([
    ['an operator', '% const b = 1 +\n%   (2)\n{{b}}', '3'],
    ['a member', '% const b = [1, 2]\n%   .join("-")\n{{b}}', '1-2'],
    ['a condition', '% let b = 1\n% if (b > 1)\n%   (b = 5)\n{{b}}', '1'],
    ['a sign within a block of code', '<%\nconst b = 1\n  + 1\n%>\n{{b}}', '2'],
  ])('unless only one statement is possible: %s', (_, source, expected) => {
    expect(render(source)).toBe(expected);
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

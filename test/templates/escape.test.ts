import { expect, it } from '@jest/globals';
import { parse, type DefaultTreeAdapterMap } from 'parse5';
import { escapeHtml, SimpleTemplate } from '../../src/templates/index.js';
import { cases, fc } from '../property.js';

type Node = DefaultTreeAdapterMap['node'];

it('escapes the five characters and nothing else', () => {
  expect(escapeHtml(`&<>"'`)).toBe('&amp;&lt;&gt;&quot;&#39;');
  expect(escapeHtml(`long enough for the search: & < > " ' end`)).toBe(
    'long enough for the search: &amp; &lt; &gt; &quot; &#39; end',
  );
  expect(escapeHtml('plain `text` = $é😀')).toBe('plain `text` = $é😀');
  expect([escapeHtml(undefined), escapeHtml(null), escapeHtml(12.5), escapeHtml(true)]).toEqual(['', '', '12.5', 'true']);
  expect(escapeHtml({ toString: () => '<b>' })).toBe('&lt;b&gt;');
  expect(escapeHtml(['<', '>'])).toBe('&lt;,&gt;');
});

/** The shape of a document: its elements and the names of their attributes; and what it says in `values`. */
function outline(html: string): { shape: string; values: string[] } {
  const values: string[] = [];
  const walk = (node: Node): string => {
    if (node.nodeName === '#text') {
      values.push((node as DefaultTreeAdapterMap['textNode']).value);
      return 'text';
    }
    if (node.nodeName === '#comment') return 'comment';
    const { attrs = [], childNodes = [] } = node as DefaultTreeAdapterMap['element'];
    for (const attribute of attrs) values.push(attribute.value);
    return `${node.nodeName}[${attrs.map((one) => one.name)}](${childNodes.map(walk)})`;
  };
  return { shape: walk(parse(html)), values };
}

it('nothing in a variable becomes markup, in any position', () => {
  const page = new SimpleTemplate(
    `<!doctype html><title>x{{v}}x</title><body><p>x{{v}}x</p><a href="x{{v}}x" title='x{{v}}x'>x{{ v + '' }}x</a>` +
      '<textarea>x{{v}}x</textarea>\n% for w of [v]:\n<i id="x{{w}}x">x{{w}}x</i>\\\\\n% end\n' +
      `% function f(z):\n<b class='x{{z}}x'>x{{z}}x</b>\\\\\n% end\n% f(v)\n</body>`,
  );
  const plain = outline(page.render({ v: 'plain' }));
  const places = plain.values.filter((value) => value === 'xplainx').length;
  expect(places).toBe(10);
  const nasty = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '&',
    '/',
    '=',
    ' ',
    '\n',
    '-',
    '!',
    '`',
    '<script>',
    '</title>',
    '</textarea>',
    '-->',
    '&lt',
    '&#',
    '{{',
    '%',
    'x',
    '\u2028',
    '😀',
  );
  const text = fc.oneof(fc.string({ unit: nasty, maxLength: 40 }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(text, (v) => {
      const found = outline(page.render({ v }));
      expect(found.shape).toBe(plain.shape);
      expect(found.values.filter((value) => value === `x${v}x`)).toHaveLength(places);
    }),
    cases(300),
  );
});

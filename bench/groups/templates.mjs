import ejs from 'ejs';
import { Eta } from 'eta';
import nunjucks from 'nunjucks';
import { SimpleTemplate } from '../../dist/index.js';
import { microRace, microTable } from '../micro.mjs';

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (value) => String(value).replace(/[&<>"']/g, (character) => entities[character]);

const pages = {
  fortunes: {
    title: 'A page of 12 rows with two values',
    vars: {
      rows: Array.from({ length: 12 }, (_, i) => ({
        id: i,
        text:
          i === 7
            ? '<script>alert("This should not be displayed.");</script>'
            : 'A computer program does what you tell it to do.',
      })),
    },
    columns: ['id', 'text'],
  },
  table: {
    title: 'A table of 1,000 rows with five values',
    vars: {
      rows: Array.from({ length: 1000 }, (_, i) => ({
        a: i,
        b: `name ${i}`,
        c: i % 10 === 0 ? `<b>"${i}"</b> & more` : `a longer text without anything to escape, number ${i}`,
        d: ((i * 37) % 10_000) / 100,
        e: i % 2 === 0,
      })),
    },
    columns: ['a', 'b', 'c', 'd', 'e'],
  },
};

/** The page in each engine's words, on as few lines as each allows. */
function engines(columns) {
  const cells = (open, close, of) => columns.map((name) => `<td>${open}${of}${name}${close}</td>`).join('');
  const simple = new SimpleTemplate(`<table>\n% for row of rows:\n<tr>${cells('{{', '}}', 'row.')}</tr>\n% end\n</table>`);
  const eta = new Eta({ autoEscape: true });
  const etaPage = eta.compile(`<table><% for (const row of it.rows) { %><tr>${cells('<%= ', ' %>', 'row.')}</tr><% } %></table>`);
  const ejsPage = ejs.compile(`<table><% for (const row of rows) { %><tr>${cells('<%= ', ' %>', 'row.')}</tr><% } %></table>`, {
    compileDebug: false,
  });
  const nunjucksPage = new nunjucks.Template(
    `<table>{% for row in rows %}<tr>${cells('{{ ', ' }}', 'row.')}</tr>{% endfor %}</table>`,
    new nunjucks.Environment(null, { autoescape: true }),
  );
  return {
    'bottlenose: SimpleTemplate': (vars) => simple.render(vars),
    'by hand, with an escape function': ({ rows }) => {
      let out = '<table>';
      for (const row of rows) {
        out += '<tr>';
        for (const name of columns) out += `<td>${escape(row[name])}</td>`;
        out += '</tr>';
      }
      return `${out}</table>`;
    },
    Eta: (vars) => etaPage.call(eta, vars, {}),
    EJS: (vars) => ejsPage(vars),
    Nunjucks: (vars) => nunjucksPage.render(vars),
  };
}

const visible = (html) => html.replace(/\s+(?=<)|(?<=>)\s+/g, '').replaceAll('&#34;', '&quot;');

export const tables = Object.entries(pages).map(([id, { title, vars, columns }]) => ({
  id: `template-${id}`,
  title,
  async measure({ quick, rounds = quick ? 3 : 7 }) {
    const works = {};
    let expected;
    for (const [name, render] of Object.entries(engines(columns))) {
      expected ??= visible(render(vars));
      if (visible(render(vars)) !== expected) throw new Error(`${name} prints something else`);
      // A sent page is flat; a rope would put that off.
      works[name] = () => Buffer.byteLength(render(vars));
    }
    return microTable(await microRace(works, { rounds, time: 40 }), { unit: 1000, digits: 2, name: 'µs' });
  },
}));

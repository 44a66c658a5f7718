import { describe, expect, it } from '@jest/globals';
import { SimpleTemplate, TemplateError } from '../../src/templates/index.js';

function failure(source: string, vars: object = {}): TemplateError {
  try {
    new SimpleTemplate({ source, name: 'page' }).render(vars);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('syntax errors', () => {
  it.each([
    ['a block without end', 'a\n% for x of y:\nb', 2, 3, /'for' is never closed: add a line with '% end'/],
    ['an end without block', 'a\n% end', 2, 3, /'end' without an open block/],
    ['an else without if', '% for x of [1]:\n% else:\n% end', 2, 3, /'else' without an open 'if'/],
    ['a condition that is missing', '% if :\n% end', 1, 3, /'if' needs a condition/],
    ['a string', 'a\n{{ "b }}\n', 2, 4, /string is never closed/],
    ['an expression', 'a {{ b', 1, 3, /this \{\{ is never closed/],
    ['an empty expression', 'a {{ }}', 1, 3, /nothing to print/],
    ['a block of code', 'a\n<% b', 2, 1, /this <% is never closed/],
    [
      'a block of code, with its end in a comment',
      'a\n<% // b %> c',
      2,
      1,
      /this <% is never closed: .* comment .* end of the line/,
    ],
    ['a bracket', '% f(1\ntext\n% )', 1, 4, /text inside an open '\('/],
    ['a bracket too many', '{{ a) + (b }}', 1, 5, /'\)' closes nothing/],
    ['no JavaScript', 'a\n\n  {{ b c }}', 3, 8, /unexpected 'c'/],
    ['no expression', '{{ a; b }}', 1, 5, /unexpected ';'/],
    ['no JavaScript in a header', '% if a b:\n% end', 1, 8, /unexpected 'b'/],
    ['a constant assigned', '% const a = 1\n% let a = 2', 2, 7, /already been declared/],
    ['a reserved word as a name', 'a\n<b class="{{class}}">', 2, 13, /'class' is a reserved word of JavaScript/],
    ['another reserved word, with members', '{{ ! default.x }}', 1, 6, /'default' is a reserved word of JavaScript/],
    ['text after a line that a backslash continues', '% if a && \\\ntext\n% b:\n% end', 1, 11, /backslash/],
    ['a last line that a backslash continues', 'a\n% 1 + \\', 2, 7, /backslash/],
    ['import', '% const fs = import("fs")', 1, 14, /import and export are not for templates/],
    ['eval', '{{ eval("1") }}', 1, 4, /'eval' is not for templates/],
    ['a name of the engine', '{{ $$o }}', 1, 4, /names that start with \$\$/],
    ['an escaped name of the engine', '{{ \\u0024$o }}', 1, 4, /names that start with \$\$/],
  ])('%s', (_, source, line, column, message) => {
    const error = failure(source);
    expect(error).toMatchObject({ name: 'TemplateError', code: 'BN_TEMPLATE_SYNTAX', template: 'page', line, column });
    expect(error.message).toMatch(message);
    expect(error.excerpt).toContain(`> ${line} | `);
  });
});

describe('names', () => {
  it('an undefined one is told with its place and the nearest name', () => {
    const error = failure('a\n\t<b>{{ pots }}</b>\nc', { posts: 1 });
    expect(error).toMatchObject({ code: 'BN_TEMPLATE_NAME', line: 2, column: 8 });
    expect(error.message).toBe(
      "page:2:8: 'pots' is not defined. Did you mean 'posts'? Pass it as a variable, or ask with defined('pots') or get('pots')." +
        '\n\n  1 | a\n> 2 | \t<b>{{ pots }}</b>\n    | \t      ^\n  3 | c',
    );
  });

  it('an undefined one matters only where it is used', () => {
    const template = new SimpleTemplate("% if defined('a'):\n{{a}}\n% end\n{{typeof a}}");
    expect(template.render({})).toBe('undefined');
    expect(template.render({ a: 1 })).toBe('1\nnumber');
  });

  it.each([
    ['in an object', '{{ JSON.stringify({ nothing }) }}'],
    ['called', '% nothing()'],
    ['counted up', '% nothing++'],
    ['added to', '% nothing += 1'],
    ['in a closure', '{{ [1].map(() => nothing) }}'],
    ['from Object.prototype', '{{ constructor }}'],
    ['of the process', '{{ process }}'],
    ['of the runtime', '{{ globalThis }}'],
    ['of the compiler', '{{ Function }}'],
    ['of the module', '{{ require }}'],
    ['base in a page without layout', '{{!base}}'],
  ])('an undefined one is found %s', (_, source) => {
    expect(failure(source).code).toBe('BN_TEMPLATE_NAME');
  });

  it('known globals are seen, and variables come before them', () => {
    expect(new SimpleTemplate('{{Math.max(1, 2)}}{{Date}}').render({ Date: 'today' })).toBe('2today');
    expect(new SimpleTemplate({ source: '{{twice(2)}}', globals: { twice: (n: number) => n * 2 } }).render()).toBe('4');
  });

  it('get and setdefault give defaults', () => {
    expect(new SimpleTemplate("{{get('a', 1)}}{{get('b', 1)}}{{get('c')}}").render({ b: 2 })).toBe('12');
    const template = new SimpleTemplate("% setdefault('a', 1)\n{{a}}{{setdefault('b', 2)}}{{get('b')}}{{defined('b')}}");
    expect(template.render({})).toBe('122true');
    expect(template.render({ a: 5, b: 6 })).toBe('566true');
  });

  it('the variables passed are never changed', () => {
    const vars = Object.freeze({ a: 1 });
    expect(new SimpleTemplate("% a += 1\n% setdefault('b', 3)\n{{a}}{{get('a')}}{{get('b')}}").render(vars)).toBe('223');
    expect(vars).toEqual({ a: 1 });
  });

  it('several objects merge from left to right, and instances show their getters', () => {
    class User {
      #name = 'Ann';
      get name() {
        return this.#name;
      }
    }
    expect(new SimpleTemplate('{{a}}{{b}}').render({ a: 1, b: 1 }, { b: 2 })).toBe('12');
    expect(new SimpleTemplate('{{name}}').render(new User())).toBe('Ann');
    expect(new SimpleTemplate('{{name}}{{a}}').render({ a: 1 }, new User())).toBe('Ann1');
    expect(() => new SimpleTemplate('').render('text' as unknown as object)).toThrow(/must be objects/);
  });

  it('defaults are seen by every template', () => {
    SimpleTemplate.defaults.site = 'Ours';
    try {
      expect(new SimpleTemplate('{{site}}').render()).toBe('Ours');
      expect(new SimpleTemplate('{{site}}').render({ site: 'Mine' })).toBe('Mine');
    } finally {
      delete SimpleTemplate.defaults.site;
    }
  });
});

describe('errors while rendering', () => {
  it('point into the template and keep their cause', () => {
    const error = failure('<ul>\n% for p of posts:\n  <li>{{p.author.name}}</li>\n% end', { posts: [{}] });
    expect(error).toMatchObject({ code: 'BN_TEMPLATE_RUNTIME', template: 'page', line: 3, column: 18 });
    expect(error.reason).toBe("TypeError: Cannot read properties of undefined (reading 'name')");
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it('are placed in functions, and in lines over which an expression extends', () => {
    expect(failure('% function f(x):\n{{x.y.z}}\n% end\n\n% f({})')).toMatchObject({ line: 2, column: 7 });
    expect(failure('{{ [\n1,\nx.y.z] }}', { x: {} })).toMatchObject({ line: 3, column: 5 });
  });

  it('are placed when they carry no trace', () => {
    const f = () => {
      throw 'a string';
    };
    expect(failure('a\n{{b}} {{ f() }}', { b: 1, f })).toMatchObject({ line: 2, column: 10, cause: 'a string' });
    expect(failure('a\n% f()', { f })).toMatchObject({ line: 2, column: 3 });
  });

  it('pass through when they are answers with a status', () => {
    const answer = Object.assign(new Error('Not Found'), { status: 404 });
    const f = () => {
      throw answer;
    };
    expect(() => new SimpleTemplate('{{ f() }}').render({ f })).toThrow(answer);
  });

  it('name a promise that would be printed as an object', () => {
    expect(failure('{{ p }}', { p: Promise.resolve() }).message).toMatch(/a promise cannot be printed: write \{\{await …\}\}/);
  });
});

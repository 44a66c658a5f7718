import { describe, expect, it } from '@jest/globals';
import { SimpleTemplate, TemplateError } from '../../src/templates/index.js';

function render(source: string, vars: object = {}): string {
  return new SimpleTemplate(source).render(vars);
}

function failure(source: string, vars: object = {}): TemplateError {
  try {
    render(source, vars);
  } catch (error) {
    return error as TemplateError;
  }
  throw new Error('nothing was thrown');
}

describe('names and members that are printed', () => {
  it('print what longer expressions of them print', () => {
    const vars = { a: { b: { c: '<c>' }, class: 'k' }, $x_1: 1 };
    expect(render('{{a.b.c}}|{{ a.b.c }}|{{(a.b.c)}}|{{a . b . c}}|{{a/* */.b.c}}|{{\na.b.c\n}}', vars)).toBe(
      Array(6).fill('&lt;c&gt;').join('|'),
    );
    expect(render('{{a.class}}{{$x_1}}{{!a.b.c}}{{$x_1 + 1}}{{a.b.nothing}}', vars)).toBe('k1<c>2');
  });

  it('know what the template declares, in its place', () => {
    expect(render('{{x}}\\\\\n% for x of [1, 2]:\n{{x}}{{x + 1}}{{x}}\\\\\n% end\n{{x}}', { x: 'o' })).toBe('o121232o');
    expect(render('% const f = (x) => {\n{{x}};\\\\\n% }\n<% f(1); f(2) %>')).toBe('1;2;');
    expect(render('% switch (n) {\n% case 1:\n{{n}}\n% break\n% }', { n: 1 })).toBe('1\n');
  });

  it.each(['this', 'new', 'class', 'await', 'let', 'yield', 'null', 'true', 'super', 'eval', 'arguments'])(
    'are not words of the language: %s',
    (word) => {
      const whole = (text: string) => {
        try {
          return render(text);
        } catch (error) {
          return (error as TemplateError).reason;
        }
      };
      expect(whole(`{{${word}}}`)).toBe(whole(`{{(${word})}}`));
    },
  );

  it('that are not defined are errors at their place', () => {
    expect(failure('one\n{{known}} {{ a.unknown.b }} {{ missing }}', { known: 1, a: { unknown: {} } })).toMatchObject({
      code: 'BN_TEMPLATE_NAME',
      line: 2,
      column: 32,
      reason: expect.stringContaining("'missing' is not defined"),
    });
    expect(failure('one\n{{known}} {{ a.b.c }}', { known: 1, a: {} })).toMatchObject({ code: 'BN_TEMPLATE_RUNTIME', line: 2 });
  });

  it('stay an error where no text may stand', () => {
    for (const source of ['% const o =\n{{a}}{{b}}', '% class A\n{{a}}{{b}}', '% const o =\n{{a + 1}}']) {
      expect(failure(source, { a: 1, b: 2 })).toMatchObject({ code: 'BN_TEMPLATE_SYNTAX', line: 2 });
    }
  });
});

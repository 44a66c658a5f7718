import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as own from 'bottlenose';
import type { Plugin } from 'bottlenose';
import * as ownKit from 'bottlenose/kit';
import { ask } from '../controllers/fixtures/ask.js';

/** Another copy of the package in this process, as a linked library has. */
let other: typeof own;
let otherKit: typeof ownKit;
let otherContext: typeof import('bottlenose/context');
beforeAll(async () => {
  jest.resetModules();
  other = await import('bottlenose');
  otherKit = await import('bottlenose/kit');
  otherContext = await import('bottlenose/context');
});

const routed = <C extends new () => object>(Class: C, rules: Readonly<Record<string, (rule: string) => unknown>>): C => {
  for (const [key, decorator] of Object.entries(rules)) {
    const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, key);
    (decorator(`/${key}`) as Function)(Class.prototype, key, descriptor);
  }
  return Class;
};

describe('a controller of a library with a copy of the package of its own', () => {
  const app = new own.Bottle({ logger: () => {} });
  beforeAll(() => {
    expect(other.HTTPError).not.toBe(own.HTTPError);
    class Gone extends other.HTTPError {}
    class Library {
      gone() {
        other.abort(404, 'no such book');
      }
      subclass() {
        throw new Gone(410, 'gone for good');
      }
      made() {
        return new other.HTTPResponse('made', { status: 201, headers: { 'X-Made': 'yes' } });
      }
      moved() {
        other.redirect('/elsewhere');
      }
      file() {
        return other.staticFile('package.json', { root: process.cwd() });
      }
      events() {
        return other.eventStream([{ data: 'one' }]);
      }
      types(a: unknown, b: unknown) {
        return [a instanceof own.Request, b instanceof own.Response];
      }
      dicts(a: unknown, b: unknown) {
        return [a instanceof own.FormsDict, b instanceof own.HeaderDict];
      }
      async context() {
        await undefined;
        return otherContext.request.path;
      }
      view() {
        return { name: 'Ada' };
      }
    }
    const { Get } = other;
    other.View(new other.SimpleTemplate('Hello {{name}}!'))(
      Library.prototype,
      'view',
      Object.getOwnPropertyDescriptor(Library.prototype, 'view') as never,
    );
    Reflect.defineMetadata('design:paramtypes', [other.Request, other.Response], Library.prototype, 'types');
    routed(Library, {
      gone: Get,
      subclass: Get,
      made: Get,
      moved: Get,
      file: Get,
      events: Get,
      context: Get,
      view: Get,
      types: Get,
      dicts: (rule) => Get(rule, { params: [other.Query(other.FormsDict), other.Header(other.HeaderDict as never)] }),
    });
    app.mount(Library);
    app.error(own.HTTPError, (error) => `handled ${error.status}`);
    app.check();
  });

  it.each([
    ['gone', 404, 'handled 404'],
    ['subclass', 410, 'handled 410'],
    ['made', 201, 'made'],
    ['moved', 303, ''],
    ['file', 200, expect.stringContaining('"bottlenose"')],
    ['events', 200, 'data: one\n\n'],
    ['types', 200, '[true,true]'],
    ['dicts', 200, '[true,true]'],
    ['context', 200, '/context'],
    ['view', 200, 'Hello Ada!'],
  ])('works: %s', async (path, status, text) => {
    expect(await ask(app, `/${path}`)).toMatchObject({ status, text });
  });

  it('has errors that are instances of both classes, and no others', () => {
    const error = new other.HTTPError(404);
    expect([error instanceof own.HTTPError, error instanceof own.HTTPResponse]).toEqual([true, true]);
    class Missing extends own.HTTPError {}
    expect([error instanceof Missing, new Missing() instanceof Missing, new Missing() instanceof other.HTTPError]).toEqual([
      false,
      true,
      true,
    ]);
    for (const value of [null, undefined, 'text', {}, new globalThis.Error(), new own.HTTPResponse()]) {
      expect((value as unknown) instanceof own.HTTPError).toBe(false);
    }
  });
});

it("a plugin's guards, answer filters and errors work in an app of another copy", async () => {
  class Served extends otherKit.AnswerFilter {
    override head(head: ownKit.AnswerHead) {
      head.set('X-Served', 'yes');
      super.head(head);
    }
  }
  const served: Plugin = {
    around: (next) => (context) => {
      context.filter(new Served() as never);
      return next(context);
    },
  };
  const app = new own.Bottle({ logger: () => {} });
  app.install(otherKit.guard('key', ({ request }) => request.getHeader('x-key') ?? other.abort(401)) as never);
  app.install(served);
  app.get('/', () => 'in');
  const refused = await app.fetch(new Request('http://localhost/'));
  expect([refused.status, refused.headers.get('x-served')]).toEqual([401, 'yes']);
  const init = { headers: { 'x-key': 'a' } };
  const answer = await app.fetch(new Request('http://localhost/', init));
  expect([answer.headers.get('x-served'), await answer.text()]).toEqual(['yes', 'in']);
});

describe('an app of another copy', () => {
  it('is refused at the mount, with the ways to mount it', async () => {
    const inner = new other.Bottle();
    inner.get('/a', () => 'inner');
    const outer = new own.Bottle();
    expect(() => outer.mount('/in', inner as never)).toThrow(
      /another copy of bottlenose.*Install the package once.*other\.fetch/,
    );
    outer.mount('/in', (request: globalThis.Request) => inner.fetch(request));
    expect((await ask(outer, '/in/a')).text).toBe('inner');
  });

  it('is refused by merge', () => {
    const inner = new other.Bottle();
    inner.get('/a', () => 'inner');
    expect(() => new own.Bottle().merge(inner as never)).toThrow(/install the package once/);
  });
});

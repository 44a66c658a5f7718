import { describe, expect, it } from '@jest/globals';
import {
  Apply,
  Controller,
  Delete,
  Get,
  Head,
  Hook,
  OnError,
  Options,
  Patch,
  Post,
  Put,
  Route,
  SetHeader,
  Skip,
  Status,
  View,
} from '../../../src/controllers/decorators/controller-decorators.js';
import { describeController } from '../../../src/controllers/decorators/controller-description.js';
import { methodDecorator } from '../../../src/controllers/decorators/decorator-factory.js';

function problemsOf(Class: Function): [string, string][] {
  return describeController(Class).problems.map(({ code, message }) => [code, message]);
}
const methodOf = (Class: Function, key: PropertyKey) => describeController(Class).methods.find((method) => method.key === key)!;

describe('describeController', () => {
  it('refuses a class that nothing is decorated of, and says what to write', () => {
    class Plain {
      show() {}
    }
    expect(() => describeController(Plain)).toThrow(
      new TypeError(
        'Plain is not a controller: it has no @Controller and no route. Write @Controller() before the class, ' +
          'and @Get(), @Post() … before its methods.',
      ),
    );
    expect(() => describeController(() => 1)).toThrow(TypeError);
  });

  it('takes a class with routes and without @Controller, and one with @Controller and without routes', () => {
    class Routes {
      @Get('/a') show() {}
    }
    @Controller('/empty')
    class Empty {}
    expect(describeController(Routes)).toMatchObject({ prefix: '', options: {}, problems: [] });
    expect(describeController(Empty)).toMatchObject({ prefix: '/empty', methods: [], problems: [] });
  });

  it('leaves out methods that have no part in the app', () => {
    class Posts {
      @Status(201) @View('a.tpl') @SetHeader('a', 'b') @Apply({}) @Skip(true) show() {}
      @Get() list() {}
    }
    expect(describeController(Posts).methods.map(({ key }) => key)).toEqual(['list']);
  });

  it('knows every verb, and the controller’s own for routes that name none', () => {
    @Controller({ method: ['post', 'put'] })
    class Verbs {
      @Put() @Patch() @Delete() @Head() @Options() @Route() many() {}
      @Route('/x', { method: 'propfind' }) own() {}
      @Get({ name: 'home' }) home() {}
    }
    expect(methodOf(Verbs, 'many').routes.flatMap(({ methods }) => methods)).toEqual(
      'PUT PATCH DELETE HEAD OPTIONS POST PUT'.split(' '),
    );
    expect(methodOf(Verbs, 'own').routes[0]?.methods).toEqual(['PROPFIND']);
    expect(methodOf(Verbs, 'home').routes).toEqual([{ rules: [''], methods: ['GET'], options: { name: 'home' } }]);
  });

  it('keeps what is decorated apart per class', () => {
    class A {
      @Get('/a') show() {}
    }
    class B {
      static readonly related = A;
      @Get('/b') show() {}
    }
    expect(methodOf(A, 'show').routes).toHaveLength(1);
    expect(methodOf(B, 'show').routes[0]?.rules).toEqual(['/b']);
  });

  it('carries what later decorators note', () => {
    const Summary = methodDecorator('Summary', (marks, text: string) => marks.extras.set('summary', text));
    class Posts {
      @Summary('All posts') list() {}
    }
    expect(methodOf(Posts, 'list')).toMatchObject({ name: 'Posts.list', extras: new Map([['summary', 'All posts']]) });
  });

  it('names methods as a reader finds them', () => {
    const Anonymous = (() =>
      class {
        show() {}
      })();
    Get()(Anonymous.prototype, 'show', Object.getOwnPropertyDescriptor(Anonymous.prototype, 'show')!);
    class Posts {
      @Get() 'a b'() {}
      @Get() [Symbol('x')]() {}
      @Get() [Symbol.iterator]() {}
      @Get() 7() {}
      @Get() größe() {}
    }
    expect(describeController(Posts).methods.map(({ name }) => name)).toEqual([
      "Posts['a b']",
      'Posts[Symbol(x)]',
      'Posts[Symbol(Symbol.iterator)]',
      "Posts['7']",
      'Posts.größe',
    ]);
    expect(describeController(Anonymous).methods[0]?.name).toBe('(anonymous class).show');
  });

  it('tells async methods and generators from others, through a wrapper too', () => {
    const Wrapped = (_target: object, _key: PropertyKey, descriptor: PropertyDescriptor) => {
      const { value } = descriptor;
      descriptor.value = (...args: unknown[]) => value(...args);
    };
    class Posts {
      @Get() sync() {}
      @Get() *generator() {}
      @Get() async promise() {}
      @Get() async *stream() {}
      @Get() @Wrapped async wrapped() {}
    }
    expect(describeController(Posts).problems).toEqual([]);
    expect(describeController(Posts).methods.map(({ isAsync }) => isAsync)).toEqual([false, false, true, true, true]);
  });
});

describe('inheritance', () => {
  it('needs no decorator on the subclass, and puts the parent’s routes first', () => {
    @Controller('/base', { config: { a: 1, b: 1 }, apply: 'outer' as never })
    @Skip('one')
    class Base {
      @Get('/a') first() {}
      @Get('/b') second() {}
    }
    class Sub extends Base {
      @Get('/c') third() {}
      override first() {}
    }
    @Controller({ config: { b: 2 }, apply: 'inner' as never })
    @Skip('two')
    class Other extends Sub {}
    expect(describeController(Sub).prefix).toBe('/base');
    expect(describeController(Sub).methods.map(({ name }) => name)).toEqual(['Sub.first', 'Sub.second', 'Sub.third']);
    expect(describeController(Other)).toMatchObject({
      prefix: '',
      options: { config: { a: 1, b: 2 }, apply: ['outer', 'inner'] },
      skip: ['one', 'two'],
    });
    expect(describeController(Base).methods).toHaveLength(2);
  });

  it('the decorators of an overriding method replace the inherited ones, kind by kind', () => {
    class Base {
      @Get('/a') @Post('/a') @View('a.tpl') @Status(201) @SetHeader('a', 'b') @Apply('p' as never) show() {}
    }
    class Sub extends Base {
      @Get('/b') @View('b.tpl') override show() {}
    }
    class Protected extends Base {
      @Apply('q' as never) override show() {}
    }
    expect(methodOf(Sub, 'show')).toMatchObject({
      routes: [{ rules: ['/b'] }],
      view: { template: 'b.tpl' },
      status: 201,
      headers: [['a', 'b']],
      apply: ['p'],
    });
    expect(methodOf(Protected, 'show')).toMatchObject({ routes: [{ methods: ['GET'] }, { methods: ['POST'] }], apply: ['q'] });
  });

  it('parameters are those of the overriding method, even where it takes fewer', () => {
    class Base {
      @Get('/<id>/<page>') show(id: string, page: string): unknown {
        return [id, page];
      }
    }
    class Sub extends Base {
      override show(key: string): unknown {
        return key;
      }
    }
    class Passing extends Sub {
      override show(...args: [string]): unknown {
        return super.show(...args);
      }
    }
    expect(methodOf(Sub, 'show').parameters.map(({ name }) => name)).toEqual(['key']);
    expect(describeController(Passing).problems).toEqual([]);
    expect(methodOf(Passing, 'show').parameters.map(({ name }) => name)).toEqual(['key']);
  });

  it('a parent may leave the decorators to its subclass', () => {
    class Base {
      show(id: string): unknown {
        return id;
      }
    }
    class Sub extends Base {
      @Get('/<id>') override show(...args: [string]): unknown {
        return super.show(...args);
      }
    }
    expect(methodOf(Sub, 'show').parameters.map(({ name }) => name)).toEqual(['id']);
  });

  it('a class decorator that replaces the class loses nothing', () => {
    const Sealed = <T extends new (...args: any[]) => object>(Class: T) => class Replaced extends Class {};
    @Sealed
    @Controller('/a')
    class Inner {
      @Get() show() {}
    }
    @Controller('/b')
    @Sealed
    class Outer {
      @Get() show() {}
    }
    for (const Class of [Inner, Outer]) expect(describeController(Class).methods).toHaveLength(1);
    expect([Inner, Outer].map((Class) => describeController(Class).prefix)).toEqual(['/a', '/b']);
  });

  it('a method that another decorator turned into an accessor is called on the instance', () => {
    const Bound = (_target: object, key: string, descriptor: PropertyDescriptor): PropertyDescriptor => ({
      configurable: true,
      get(this: object) {
        const value = descriptor.value.bind(this);
        Object.defineProperty(this, key, { value });
        return value;
      },
    });
    class Posts {
      text = 'post';
      @Bound @Get('/above/<id>') above(id: number) {
        return this.text + id;
      }
      @Get('/below/<id>') @Bound below(id: number) {
        return this.text + id;
      }
    }
    for (const method of describeController(Posts).methods) {
      expect(method.parameters.map(({ name }) => name)).toEqual(['id']);
      expect(method.fn.call(new Posts(), 7)).toBe('post7');
    }
    expect(describeController(Posts).problems).toEqual([]);
  });
});

describe('problems', () => {
  it('of verbs and rules', () => {
    @Controller({ method: 'a b' })
    class Posts {
      @Route('/', { method: ['GET', 'G(T'] }) show() {}
      @Route('/', { method: [] }) none() {}
      @Get([/x/ as never, '/ok']) rule() {}
    }
    expect(problemsOf(Posts)).toEqual([
      ['bad-verb', expect.stringMatching(/^Posts: @Controller has the verb 'a b', which HTTP cannot carry/)],
      ['bad-verb', expect.stringMatching(/^Posts\.show: the route has the verb 'G\(T', which HTTP cannot carry/)],
      ['bad-verb', expect.stringMatching(/^Posts\.none: the route has an empty list of verbs/)],
      ['bad-rule', "Posts.rule: a rule is a string such as '/posts/<id:int>', not an object."],
    ]);
  });

  it('of errors and hooks, which are left out then', () => {
    class Posts {
      @OnError([404, 200, 600, 'x' as never, TypeError]) failed() {}
      @Hook('before_request' as never) @Hook('afterRequest') hook() {}
    }
    expect(problemsOf(Posts)).toEqual([
      ['bad-error', 'Posts.failed: @Error takes a status from 400 to 599 or an error class, not 200.'],
      ['bad-error', 'Posts.failed: @Error takes a status from 400 to 599 or an error class, not 600.'],
      ['bad-error', "Posts.failed: @Error takes a status from 400 to 599 or an error class, not 'x'."],
      [
        'unknown-hook',
        "Posts.hook: there is no hook 'before_request' for controllers; there are 'beforeRequest' and 'afterRequest'.",
      ],
    ]);
    expect(methodOf(Posts, 'failed').errors).toEqual([404, TypeError]);
    expect(methodOf(Posts, 'hook').hooks).toEqual(['afterRequest']);
  });

  it('of statuses and headers', () => {
    class Posts {
      @Get() @Status(20) @SetHeader('a b', '1') @SetHeader('X-A', 'a\r\nSet-Cookie: b') show() {}
    }
    expect(problemsOf(Posts).map(([code]) => code)).toEqual(['bad-status', 'bad-header', 'bad-header']);
  });

  it('of a rest parameter that nothing fills', () => {
    class Posts {
      @Get() show(id: string, ...others: string[]) {
        return [id, others];
      }
    }
    expect(problemsOf(Posts)).toEqual([
      [
        'rest-parameter',
        expect.stringMatching(/^Posts\.show: the source of the rest parameter \.\.\.others is unknown; say where/),
      ],
    ]);
  });
});

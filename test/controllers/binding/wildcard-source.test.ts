import { describe, expect, it } from '@jest/globals';
import { Bottle, Get, Hook, Param, WiringError } from 'bottlenose';
import { ask } from '../fixtures/ask.js';
import { Account, codesOf, errorOf, problemsOf } from '../fixtures/wiring.js';

describe('a wildcard', () => {
  it('whose type disagrees with the declared one is a mistake', () => {
    class Types {
      @Get('/1/<id:int>') one(id: string) {
        return id;
      }
      @Get('/2/<id:float>') two(id: boolean) {
        return id;
      }
      @Get('/3/<id:int>') three(id: bigint) {
        return id;
      }
      @Get('/4/<id>') four(id: Account) {
        return id;
      }
      @Get('/5/<id:path>') five(id: string[]) {
        return id;
      }
      @Get('/6/<id:int>') six(@Param('id', { type: Date }) when: Date) {
        return when;
      }
    }
    const problems = problemsOf(Types);
    expect(new Set(codesOf(problems))).toEqual(new Set(['BN_WILDCARD_TYPE']));
    expect(problems.map(({ message, cure }) => [message, cure])).toEqual([
      [
        "Parameter 'id' is declared as string, but the wildcard <id:int> gives a number.",
        'declare it as number, or write the wildcard as <id>.',
      ],
      [
        "Parameter 'id' is declared as boolean, but the wildcard <id:float> gives a number.",
        'declare it as number, or write the wildcard as <id>.',
      ],
      [
        "Parameter 'id' is declared as bigint, but the wildcard <id:int> gives a number.",
        'declare it as number, or write the wildcard as <id>.',
      ],
      ["Parameter 'id' is declared as Account, but the wildcard <id> gives a string.", 'declare it as string.'],
      ["Parameter 'id' is declared as array, but the wildcard <id:path> gives a string.", 'declare it as string.'],
      [
        "Parameter 'when' is declared as Date, but the wildcard <id:int> gives a number.",
        'declare it as number, or write the wildcard as <id>.',
      ],
    ]);
  });

  it('of text is converted to the declared scalar, or refused with 422', async () => {
    class Texts {
      @Get('/<id>/<day:re:.*>/<on>') get(id: bigint, day: Date, on: boolean) {
        return [String(id), day, on];
      }
    }
    const app = new Bottle().mount(Texts);
    expect((await ask(app, '/12/2024-01-01/yes')).json).toEqual(['12', '2024-01-01T00:00:00.000Z', true]);
    expect((await ask(app, '/x/y/z')).json.errors).toEqual([
      { in: 'path', path: '/id', constraint: 'isInt', message: 'id must be a whole number' },
      { in: 'path', path: '/day', constraint: 'isDate', message: 'day must be an ISO 8601 date' },
      { in: 'path', path: '/on', constraint: 'isBoolean', message: 'on must be true or false' },
    ]);
  });

  it('of an app’s own filter agrees with what the filter gives, and its base classes', async () => {
    class Day extends Date {}
    const app = new Bottle();
    app.router.addFilter('day', () => ({ pattern: '\\d+', parse: (text) => new Day(Number(text)), type: Day }));
    app.router.addFilter('any', () => ({ pattern: '\\d+', parse: (text) => [text] }));
    class Filters {
      @Get('/good/<a:day>/<b:day>/<c:any>') good(a: Day, b: Date, c: string[]) {
        return [a instanceof Day, b instanceof Date, c];
      }
      @Get('/bad/<a:day>') bad(a: number) {
        return a;
      }
    }
    app.mount(Filters);
    expect(errorOf(app).problems).toMatchObject([
      { code: 'BN_WILDCARD_TYPE', message: "Parameter 'a' is declared as number, but the wildcard <a:day> gives a Day." },
    ]);
  });

  it('that no parameter takes is a mistake under strict mode: of the app, of the check, of the route', async () => {
    class Strict {
      @Get('/<id:int>/<nmae>') get(id: number, name = '') {
        return [id, name];
      }
      @Get('/lax/<unused>', { strict: false }) lax() {}
      @Get('/all/<a>/<b>') all(@Param(Object) all: object) {
        return all;
      }
      @Get('/anonymous/<:int>') anonymous() {}
    }
    class Route {
      @Get('/route/<unused>', { strict: true }) own() {}
    }
    const unused = {
      code: 'BN_WILDCARD_UNUSED',
      method: 'Strict.get',
      message: 'No parameter takes the wildcard <nmae>, which strict mode demands.',
      nearest: 'name',
      cure: "add a parameter 'nmae', or make the wildcard anonymous: <>.",
    };
    new Bottle().mount(Strict).check();
    expect(errorOf(new Bottle({ strict: true }).mount(Strict)).problems).toMatchObject([unused]);
    expect(errorOf(new Bottle().mount(Strict), { strict: true }).problems).toMatchObject([unused]);
    expect(errorOf(new Bottle().mount(Route)).problems).toMatchObject([{ method: 'Route.own' }]);
    new Bottle({ strict: true }).mount(Strict, {}).check({ strict: false });
    await expect(ask(new Bottle({ strict: true }).mount(Strict), '/1/a')).rejects.toThrow(WiringError);
  });

  it('is taken by a hook as well as by the method', async () => {
    const users: string[] = [];
    class Alone {
      @Get('/<user>/<id>') get(id: string) {
        return id;
      }
    }
    class Hooked extends Alone {
      @Hook('beforeRequest') open(user: string) {
        users.push(user);
      }
    }
    expect(errorOf(new Bottle({ strict: true }).mount(Alone)).problems).toMatchObject([{ code: 'BN_WILDCARD_UNUSED' }]);
    expect((await ask(new Bottle({ strict: true }).mount(Hooked), '/ada/7')).text).toBe('7');
    expect(users).toEqual(['ada']);
  });

  it('a strict check leaves the routes as they were', async () => {
    const app = new Bottle();
    app.get('/<unused>', () => 'fine');
    expect(() => app.check({ strict: true })).toThrow(WiringError);
    app.check();
    expect((await ask(app, '/a')).text).toBe('fine');
  });

  it('of a function is taken by destructuring it', () => {
    const app = new Bottle({ strict: true });
    app.get('/1/<a>/<b>', ({ a }) => a);
    app.get('/2/<a>/<b>', ({ a, ...rest }) => [a, rest]);
    app.get('/3/<a>/<b>', (args) => args);
    app.get('/4/<a>', () => '');
    expect(errorOf(app).problems).toMatchObject([
      { rule: '/1/<a>/<b>', message: expect.stringContaining('<b>') },
      { rule: '/4/<a>', message: expect.stringContaining('<a>') },
    ]);
  });
});

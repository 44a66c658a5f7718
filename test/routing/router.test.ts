import { describe, expect, it } from '@jest/globals';
import { ends } from '../ends.js';
import { BadPathError, FilterValueError, RouteBuildError, RouteSyntaxError } from '../../src/routing/route-error.js';
import { decodePath, Router } from '../../src/routing/router.js';

/** The named values of a match, or `null`. */
function named(rule: string, path: string): Record<string, unknown> | null {
  const router = new Router<string>();
  const { wildcards } = router.add(rule, 'GET', 'it').rule;
  const match = router.match('GET', path);
  return match && Object.fromEntries(wildcards.flatMap(({ name }, i) => (name === undefined ? [] : [[name, match.values[i]]])));
}

function routerOf(...rules: string[]): Router<string> {
  const router = new Router<string>();
  for (const rule of rules) router.add(rule, 'GET', rule);
  return router;
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('rules', () => {
  it.each<[string, string, Record<string, unknown> | null]>([
    ['/static', '/static', {}],
    ['/static', '/static/', null],
    ['/static/', '/static', null],
    ['/hello/<name>', '/hello/world', { name: 'world' }],
    ['/hello/<name>', '/hello/', null],
    ['/hello/<name>', '/hello/a/b', null],
    ['/hello/<name>', '/hello/world/', null],
    ['/<a>/<b>', '/x/y', { a: 'x', b: 'y' }],
    ['/func(<param>)', '/func(foo)', { param: 'foo' }],
    ['/func(<param>)', '/func(foo', null],
    ['/<name>.<ext>', '/a.tar.gz', { name: 'a.tar', ext: 'gz' }],
    ['/<a>-<b>', '/x-y-z', { a: 'x-y', b: 'z' }],
    ['/<a><b>', '/xyz', { a: 'xy', b: 'z' }],
    ['/<a><b>', '/😀', null],
    ['/<a><b>', '/😀x', { a: '😀', b: 'x' }],
    ['<rest:path>', '/all/of/it', { rest: '/all/of/it' }],
    ['<test>/', 'test/', { test: 'test' }],
  ])('%s matches %s as %j', (rule, path, expected) => {
    expect(named(rule, path)).toEqual(expected);
  });

  it.each<[string, string, Record<string, unknown> | null]>([
    ['/o/<id:int>', '/o/567', { id: 567 }],
    ['/o/<id:int>', '/o/-5', { id: -5 }],
    ['/o/<id:int>', '/o/-0', { id: 0 }],
    ['/o/<id:int>', '/o/007', { id: 7 }],
    ['/o/<id:int>', '/o/9007199254740991', { id: 9007199254740991 }],
    ['/o/<id:int>', '/o/abc', null],
    ['/o/<id:int>', '/o/1.5', null],
    ['/o/<id:int>', '/o/-', null],
    ['/o/<id:int>', '/o/', null],
    ['/o/<a:int><b:int>', '/o/12-3', { a: 12, b: -3 }],
    ['/o/<a:int><b:int>', '/o/123', { a: 12, b: 3 }],
    ['/o/<x:float>', '/o/1', { x: 1 }],
    ['/o/<x:float>', '/o/-1.5', { x: -1.5 }],
    ['/o/<x:float>', '/o/.1', { x: 0.1 }],
    ['/o/<x:float>', '/o/1.', { x: 1 }],
    ['/o/<x:float>', '/o/1e5', null],
    ['/<id:path>/<f>', '/a/b', { id: 'a', f: 'b' }],
    ['/<id:path>/<f>', '/a/b/c', { id: 'a/b', f: 'c' }],
    ['/<id:path>/x/<rest:path>', '/a/x/b/x/c', { id: 'a', rest: 'b/x/c' }],
    ['/<id:path>', '/', null],
    ['/<n:re:[a-z]+>/x', '/abc/x', { n: 'abc' }],
    ['/<n:re:[a-z]+>/x', '/ab1/x', null],
    ['/<n:re:[a-z/]+>/x', '/a/b/c/x', { n: 'a/b/c' }],
    ['/<n:re:(foo|bar)>', '/bar', { n: 'bar' }],
    ['/<n:re:(foo|bar)>', '/baz', null],
    ['/<n:re:a|ab><m:re:.*>', '/abc', { n: 'a', m: 'bc' }],
    ['/<n:re:\\d{4}>-<m:re:\\d+>', '/2024-05', { n: '2024', m: '05' }],
    ['/<n::[ab]+>', '/aba', { n: 'aba' }],
    ['/<n::[ab]+>', '/abc', null],
    ['/<n:>', '/abc', { n: 'abc' }],
    ['/<n:re:[^\\>]+>', '/abc', { n: 'abc' }],
    ['/<n:re:[^\\>]+>', '/a>c', null],
  ])('filters: %s matches %s as %j', (rule, path, expected) => {
    expect(named(rule, path)).toEqual(expected);
  });

  it.each<[string, string, Record<string, unknown> | null]>([
    ['/:name', '/world', { name: 'world' }],
    ['/:name/x', '/world/x', { name: 'world' }],
    ['/:name#[a-z]+#/', '/abc/', { name: 'abc' }],
    ['/:name#[a-z]+#/', '/ABC/', null],
    ['/:name##', '/x', { name: 'x' }],
    ['/:#anon#/match', '/anon/match', {}],
    ['/:##/match', '/anything/match', {}],
    ['/\\:its/:#.+#/:test/:name#[a-z]+#/', '/:its/a/cruel/world/', { test: 'cruel', name: 'world' }],
    ['/func2(:param#(foo|bar)#)', '/func2(foo)', { param: 'foo' }],
    ['/func2(:param#(foo|bar)#)', '/func2(baz)', null],
    ['/:n#(?P<year>\\d+)#', '/2024', { n: '2024' }],
    ['/a:', '/abc', {}],
  ])('the old syntax: %s matches %s as %j', (rule, path, expected) => {
    expect(named(rule, path)).toEqual(expected);
  });

  it.each<[string, string]>([
    ['/a\\:b', '/a:b'],
    ['/\\<x>', '/<x>'],
    ['/\\<x:int>', '/<x:int>'],
    ['/a\\b', '/a\\b'],
    ['/<not a wildcard>', '/<not a wildcard>'],
    ['/a+b(c)[d]{e}.*|^$', '/a+b(c)[d]{e}.*|^$'],
  ])('a backslash escapes: %s matches %s itself', (rule, path) => {
    const router = routerOf(rule);
    expect(router.entries[0]?.rule.isStatic).toBe(true);
    expect(router.match('GET', path)?.target).toBe(rule);
  });

  it('an even number of backslashes escapes nothing', () => {
    expect(named('/\\\\:name', '/x')).toEqual({ name: 'x' });
  });

  it('anonymous wildcards match, and their text is not parsed', () => {
    const router = routerOf('/<:float>/<>/<:re:a+>');
    expect(router.match('GET', '/./b/aa')?.values).toEqual(['.', 'b', 'aa']);
  });

  it('tells names, filters, configuration and types of its wildcards', () => {
    const router = new Router<number>();
    router.addFilter('day', () => ({ pattern: '\\d+', parse: (text) => new Date(text), type: Date }));
    router.addFilter('odd', () => ({ pattern: '\\d+', parse: (text) => text }));
    const { wildcards } = router.add('/<a>/<b:int>/<c:re:x+>/<:path>/<d:day>/<e:odd>/:f#y#', 'GET', 1).rule;
    expect(wildcards.map(({ name, filter, config, type }) => [name, filter, config, type])).toEqual([
      ['a', 'default', undefined, 'string'],
      ['b', 'int', undefined, 'number'],
      ['c', 're', 'x+', 'string'],
      [undefined, 'path', undefined, 'string'],
      ['d', 'day', undefined, Date],
      ['e', 'odd', undefined, undefined],
      ['f', 're', 'y', 'string'],
    ]);
  });
});

describe('a bad rule', () => {
  it.each<[string, RegExp]>([
    ['/<x:itn>', /"\/<x:itn>".*no filter "itn".*did you mean "int"/],
    ['/<x:re:[>', /<x:re:\[>.*regular expression/],
    ['/<x:re:a)(b>', /regular expression/],
    ['/:bug#(#/', /regular expression/],
    ['/<x>/<x:int>', /two wildcards are called "x"/],
    ['/<x:re:(a)\\1>', /refers back/],
    ['/<x:re:(?P<y>a)>', /is written "\\>"/],
    ['/\ud800', /surrogate/],
  ])('%s is refused where it is added', (rule, message) => {
    const error = thrownBy(() => new Router().add(rule, 'GET', 1));
    expect(error).toBeInstanceOf(RouteSyntaxError);
    expect(error).toMatchObject({ code: 'BN_ROUTE_SYNTAX', rule, message: expect.stringMatching(message) });
  });

  it('leaves the router as it was', () => {
    const router = routerOf('/a');
    expect(() => router.add('/<x:nothing>', 'GET', 'b')).toThrow(RouteSyntaxError);
    expect(router.entries).toHaveLength(1);
  });

  it('is one whose filter refuses the configuration', () => {
    const router = new Router<number>();
    router.addFilter('max', (config) => {
      if (config === undefined) throw new Error('max needs a number');
      return { pattern: `\\d{1,${config}}` };
    });
    expect(() => router.add('/<x:max>', 'GET', 1)).toThrow(/<x:max>.*max needs a number/);
    router.add('/<x:max:2>', 'GET', 1);
    expect(router.match('GET', '/99')).not.toBeNull();
    expect(router.match('GET', '/999')).toBeNull();
  });
});

describe('custom filters', () => {
  it('parse and format', () => {
    const router = new Router<string>();
    router.addFilter('list', (separator = ',') => ({
      pattern: `[^/]+`,
      parse: (text) => text.split(separator),
      format: (value) => (value as string[]).join(separator),
    }));
    router.add('/sum/<terms:list>', 'GET', 'sum');
    router.add('/path/<terms:list:->', 'GET', 'path', 'path');
    expect(router.match('GET', '/sum/1,2%2F3')?.values).toEqual([['1', '2/3']]);
    expect(router.match('GET', '/path/a-b')?.values).toEqual([['a', 'b']]);
    expect(router.build('path', { terms: ['x', 'y'] })).toBe('/path/x-y');
  });

  it('that throw make a FilterValueError with what they threw', () => {
    const router = new Router<string>();
    const cause = new Error('no such month');
    router.addFilter('month', () => ({
      pattern: '\\d+',
      parse() {
        throw cause;
      },
    }));
    router.add('/<m:month>', 'GET', 'it');
    const error = thrownBy(() => router.match('GET', '/13'));
    expect(error).toBeInstanceOf(FilterValueError);
    expect(error).toMatchObject({ code: 'BN_FILTER_VALUE', cause, wildcard: '<m>', text: '13' });
    expect((error as Error).message).toMatch(/"13" of <m>.*month.*no such month/);
  });

  it('may use the router while they parse', () => {
    const router = new Router<string>();
    router.addFilter('nested', () => ({ pattern: '\\w+', parse: (text) => router.match('GET', `/x/${text}/long`)?.values }));
    router.add('/x/<a>/<b>', 'GET', 'inner');
    router.add('/<a:nested>/<b>/<c:nested>/d', 'GET', 'outer');
    expect(router.match('GET', '/one/two/three/d')?.values).toEqual([['one', 'long'], 'two', ['three', 'long']]);
  });

  it('keep their `this`', () => {
    const router = new Router<string>();
    const filter = {
      pattern: '\\d+',
      factor: 2,
      parse(text: string) {
        return Number(text) * this.factor;
      },
    };
    router.addFilter('twice', () => filter);
    router.add('/<n:twice>', 'GET', 'it');
    expect(router.match('GET', '/21')?.values).toEqual([42]);
  });

  it('replace built-in ones for later rules, and need a name that a rule can hold', () => {
    const router = new Router<string>();
    router.add('/old/<n:int>', 'GET', 'old');
    router.addFilter('int', () => ({ pattern: '\\d+', parse: (text) => BigInt(text) }));
    router.add('/new/<n:int>', 'GET', 'new');
    expect(router.match('GET', '/old/-5')?.values).toEqual([-5]);
    expect(router.match('GET', '/new/5')?.values).toEqual([5n]);
    expect(router.match('GET', '/new/-5')).toBeNull();
    expect(() => router.addFilter('int2', () => ({ pattern: 'x' }))).toThrow(/"int2".*letters/);
  });

  it.each(['/./', '/1.2.3/', '/9007199254740993/int'])('a malformed number, or one that would change, is refused: %s', (path) => {
    const router = routerOf('/<x:float>/', '/<n:int>/int');
    expect(() => router.match('GET', path)).toThrow(FilterValueError);
  });
});

describe('the order of rules', () => {
  it('tries static rules before dynamic ones, and those as they were added', () => {
    const router = routerOf('/<a>', '/<b:int>', '/<c:path>', '/static', '/x/<d>');
    expect(router.match('GET', '/static')?.target).toBe('/static');
    expect(router.match('GET', '/5')?.target).toBe('/<a>');
    expect(router.match('GET', '/x/y')?.target).toBe('/<c:path>');
  });

  it('tries PROXY, the own verb, then ANY', () => {
    const router = new Router<string>();
    router.add('/<x>', 'any', 'any');
    router.add('/static', 'ANY', 'static any');
    expect(router.match('GET', '/static')?.target).toBe('static any');
    router.add('/<x>', 'get', 'get');
    expect(router.match('GET', '/static')?.target).toBe('get');
    expect(router.match('get', '/static')?.target).toBe('get');
    expect(router.match('POST', '/a')?.target).toBe('any');
    expect(router.match('BREW', '/a')?.target).toBe('any');
    router.add('/<x:path>', 'PROXY', 'proxy');
    expect(router.match('GET', '/static')?.target).toBe('proxy');
  });

  it('tries HEAD, then GET, then ANY for HEAD', () => {
    const router = new Router<string>();
    router.add('/a', 'ANY', 'any');
    expect(router.match('HEAD', '/a')?.target).toBe('any');
    router.add('/a', 'GET', 'get');
    expect(router.match('HEAD', '/a')?.target).toBe('get');
    router.add('/<x>', 'HEAD', 'head');
    expect(router.match('HEAD', '/a')?.target).toBe('head');
    expect(router.match('GET', '/a')?.target).toBe('get');
  });

  it('a later rule of the same shape and verb wins, in the place of the earlier', () => {
    const router = new Router<string>();
    router.add('/<a>', 'GET', 'first');
    router.add('/<n:int>', 'GET', 'second');
    router.add('/<b:re:[^/]+>', 'GET', 'third');
    router.add('/s', 'GET', 'static one');
    router.add('/s', 'GET', 'static two');
    router.add('/<c>', 'POST', 'post');
    expect(router.match('GET', '/5')?.target).toBe('third');
    expect(router.match('GET', '/s')?.target).toBe('static two');
    expect(router.entries.map(({ order }) => order)).toEqual([0, 1, 0, 2, 2, 3]);
    expect(router.entries).toHaveLength(6);
  });

  it('finds rules added, and no longer those removed, after a match', () => {
    const router = routerOf('/<a>/x');
    router.add('/<b>/x', 'GET', 'later');
    expect(router.match('GET', '/1/x')?.target).toBe('later');
    router.add('/<c>/y', 'GET', 'y');
    expect(router.match('GET', '/1/y')?.target).toBe('y');
    expect(router.remove('later')).toBe(true);
    expect(router.match('GET', '/1/x')?.target).toBe('/<a>/x');
    expect(router.remove('later')).toBe(false);
    router.clear();
    expect(router.match('GET', '/1/x')).toBeNull();
    expect(router.allowed('/1/x')).toEqual([]);
    expect(router.entries).toEqual([]);
    expect(() => router.build('/<c>/y', { c: 1 })).toThrow(RouteBuildError);
  });
});

describe('allowed', () => {
  it('lists the verbs with a rule for the path, sorted; GET brings HEAD', () => {
    const router = new Router<string>();
    router.add('/a/<n:int>', 'PUT', 'put');
    router.add('/a/<x>', 'GET', 'get');
    router.add('/a/1', 'DELETE', 'delete');
    router.add('/b', 'ANY', 'any');
    expect(router.match('POST', '/a/1')).toBeNull();
    expect(router.allowed('/a/1')).toEqual(['DELETE', 'GET', 'HEAD', 'PUT']);
    expect(router.allowed('/a/x')).toEqual(['GET', 'HEAD']);
    expect(router.allowed('/a')).toEqual([]);
    expect(router.allowed('/b')).toEqual([]);
    expect(() => router.allowed('/%ff')).toThrow(BadPathError);
  });
});

describe('paths', () => {
  it.each<[string, string]>([
    ['/plain', '/plain'],
    ['/a%20b+c', '/a b+c'],
    ['/stra%C3%9Fe', '/straße'],
    ['/stra\u00c3\u009fe', '/straße'],
    ['/straße/日本', '/straße/日本'],
    ['/%F0%9F%98%80', '/😀'],
    ['/a%2fb%2Fc', '/a\udc2fb\udc2fc'],
    ['/%252F', '/%2F'],
    ['/%00', '/\0'],
  ])('%j decodes to %j', (raw, path) => {
    expect(decodePath(raw)).toBe(path);
  });

  it.each(['/%ff', '/%', '/%2', '/%zz', '/%c3', '/%c0%af', '/%ed%b0%af', '/%E3%2F%81', '/\u00ff', '/\ud800', '/x\udc2f'])(
    '%j is refused, by every way in',
    (raw) => {
      for (const router of [routerOf(), routerOf('/x'), routerOf('/<p:path>'), routerOf('/<a>')]) {
        const error = thrownBy(() => router.match('GET', raw));
        expect(error).toBeInstanceOf(BadPathError);
        expect(error).toMatchObject({ code: 'BN_BAD_PATH', path: raw });
      }
    },
  );

  it('an encoded slash never separates segments, and decodes inside the value', () => {
    const router = routerOf('/a/b', '/<x>', '/<x>/<y>', '/r/<z:re:.+>/<s>');
    expect(router.match('GET', '/a%2Fb')).toEqual({ target: '/<x>', values: ['a/b'] });
    expect(router.match('GET', '/a%2Fb/c')).toEqual({ target: '/<x>/<y>', values: ['a/b', 'c'] });
    expect(router.match('GET', '/r/a%2Fb/c/d%2f')).toEqual({ target: '/r/<z:re:.+>/<s>', values: ['a/b/c', 'd/'] });
    expect(routerOf('/a/b').match('GET', '/a%2fb')).toBeNull();
  });

  it('a character whose second half looks like an encoded slash stays itself', () => {
    expect(named('/<x>/<y>', '/%F0%9F%90%AF/a%2Fb')).toEqual({ x: '🐯', y: 'a/b' });
  });

  it('rules hold decoded text', () => {
    const router = routerOf('/straße', '/日本/<x>', '/100%', '/%41', '/%41/<x>', '/a b');
    expect(router.match('GET', '/stra%C3%9Fe')?.target).toBe('/straße');
    expect(router.match('GET', '/%E6%97%A5%E6%9C%AC/%C3%A9')).toEqual({ target: '/日本/<x>', values: ['é'] });
    expect(router.match('GET', '/100%25')?.target).toBe('/100%');
    expect(router.match('GET', '/a%20b')?.target).toBe('/a b');
    expect(router.match('GET', '/%2541')?.target).toBe('/%41');
    expect(router.match('GET', '/%2541/z')?.target).toBe('/%41/<x>');
    expect(router.match('GET', '/%41/z')).toBeNull();
    expect(router.match('GET', '/%41')).toBeNull();
  });

  it('an encoded path finds static and dynamic rules like the same path unencoded', () => {
    const router = routerOf('/abc', '/<n:int>');
    expect(router.match('GET', '/%61bc')?.target).toBe('/abc');
    expect(router.match('GET', '/%34%32')?.values).toEqual([42]);
  });

  it('the empty path is the root', () => {
    expect(routerOf('/').match('GET', '')?.target).toBe('/');
    expect(routerOf('/').matchTarget('GET', '?a=b', 0)?.target).toBe('/');
  });

  it.each<[rule: string, path: string, ...values: unknown[]]>([
    ['/about', '/about'],
    ['/<name>', '/ada', 'ada'],
    ['/<n:int>', '/-12', -12],
    ['/<x:float>', '/1.5', 1.5],
    ['/<rest:path>', '/a/b', 'a/b'],
    ['/<rest:path>/end', '/a/b/end', 'a/b'],
    ['/<a>.<b>', '/x.y.z', 'x.y', 'z'],
    ['/<a:re:x|yy>', '/yy', 'yy'],
    ['/<a:re:(?:x|/)+>', '/x/x', 'x/x'],
    ['/<name>', '/stra%C3%9Fe', 'straße'],
    ['/straße', '/stra%C3%9Fe'],
  ])('what follows the path in a target does not matter to %j', (rule, path, ...values) => {
    for (const query of ['', '?', '?a=b', '?/%zz', '?ÿ']) {
      expect(routerOf(rule).matchTarget('GET', path + query, path.length)).toEqual({ target: rule, values });
    }
  });

  it('a path is refused for what comes behind the place up to which a rule was like it', () => {
    for (const rules of [['/a/b/c'], ['/é/b', '/a/b/c'], ['/a/<x>/c'], ['/<x:int>/c', '/a/b']]) {
      expect(() => routerOf(...rules).match('GET', '/a/b/%ff')).toThrow(BadPathError);
      expect(() => routerOf(...rules).match('GET', '/a/%ff/d')).toThrow(BadPathError);
      expect(() => routerOf(...rules).match('GET', '/%ff/b/d')).toThrow(BadPathError);
    }
  });

  it('rules whose next characters are far apart are told from each other', () => {
    const words = ['a', 'é', 'ß', 'Ж', '日', '月', '😀', '🐯'];
    const router = routerOf(...words.flatMap((word) => [`/${word}`, `/x<n:int>${word}`]));
    for (const word of words) {
      expect(router.match('GET', encodeURI(`/${word}`))?.target).toBe(`/${word}`);
      expect(router.match('GET', encodeURI(`/x7${word}`))).toEqual({ target: `/x<n:int>${word}`, values: [7] });
    }
    expect(router.match('GET', encodeURI('/火'))).toBeNull();
    expect(router.match('GET', encodeURI('/x7火'))).toBeNull();
  });

  it('names from the prototype are neither rules nor verbs', () => {
    const router = routerOf('/a');
    expect(router.match('__proto__', '/constructor')).toBeNull();
    expect(router.match('constructor', '/a')).toBeNull();
    expect(() => router.build('toString')).toThrow(RouteBuildError);
  });
});

describe('build', () => {
  const router = new Router<string>();
  router.addFilter('list', () => ({ pattern: '[^/]+', format: (value) => (value as string[]).join(',') }));
  router.add('/posts/<id:int>', 'GET', 'post', 'post');
  router.add('/x/<f:float>', 'GET', 'float', 'float');
  router.add('/l/<l:list>', 'GET', 'list', 'list');
  router.add('/files/<p:path>', 'GET', 'files', 'files');
  router.add('/n/<name>', 'GET', 'name', 'name');
  router.add('/anon/<>/:#a+#/<x>', 'GET', 'anon', 'anon');
  router.add('/é?#[%]/a b', 'GET', 'odd', 'odd');

  it.each<[string, Record<string, unknown>, unknown[], string]>([
    ['post', { id: 7 }, [], '/posts/7'],
    ['post', { id: '-7' }, [], '/posts/-7'],
    ['post', { id: 7n }, [], '/posts/7'],
    ['post', { id: 7, page: 2, q: 'a b&c', none: undefined, tag: ['x', 'y'] }, [], '/posts/7?page=2&q=a+b%26c&tag=x&tag=y'],
    ['/posts/<id:int>', { id: 1 }, [], '/posts/1'],
    ['float', { f: 1.5 }, [], '/x/1.5'],
    ['float', { f: 1e21 }, [], '/x/1000000000000000000000'],
    ['float', { f: -1.25e-7 }, [], '/x/-0.000000125'],
    ['list', { l: ['a', 'b/c'] }, [], '/l/a%2Cb%2Fc'],
    ['files', { p: 'a/b c/é' }, [], '/files/a/b%20c/%C3%A9'],
    ['name', { name: 'a/b?#%' }, [], '/n/a%2Fb%3F%23%25'],
    ['name', { name: 0 }, [], '/n/0'],
    ['anon', { x: 1 }, ['p', 'aa'], '/anon/p/aa/1'],
    ['anon', { x: 1, anon0: 'p', anon1: 'a' }, [], '/anon/p/a/1'],
    ['odd', {}, [], '/%C3%A9%3F%23%5B%25%5D/a%20b'],
  ])('%s with %j and %j is %s', (name, params, anonymous, url) => {
    expect(router.build(name, params, ...anonymous)).toBe(url);
  });

  it.each<[string, Record<string, unknown>, unknown[], RegExp]>([
    ['post', {}, [], /"\/posts\/<id:int>".*no value.*"id".*given: nothing/],
    ['post', { di: 1 }, [], /given: di/],
    ['post', { id: null }, [], /no value/],
    ['post', { id: 'x' }, [], /"id".*not an integer/],
    ['float', { f: Number.NaN }, [], /not a finite number/],
    ['anon', { x: 1 }, ['a'], /anonymous wildcard number 2/],
    ['anon', { x: 1 }, ['a', 'b', 'c'], /3 anonymous values.*2 anonymous wildcards/],
    ['name', { name: '\ud800' }, [], /"name"/],
    ['pots', { id: 1 }, [], /no route called "pots".*did you mean "post"/],
  ])('%s with %j and %j is a RouteBuildError', (name, params, anonymous, message) => {
    const error = thrownBy(() => router.build(name, params, ...anonymous));
    expect(error).toBeInstanceOf(RouteBuildError);
    expect(error).toMatchObject({ code: 'BN_ROUTE_BUILD', message: expect.stringMatching(message) });
  });
});

describe('problems', () => {
  function problemsOf(...rules: [string, string][]): string[] {
    const router = new Router<number>();
    for (const [i, [verb, rule]] of rules.entries()) router.add(rule, verb, i);
    return router.problems().map(({ kind, entry, by }) => `${kind}: ${entry.target} by ${by.target}`);
  }

  it('are none where every rule has paths of its own', () => {
    expect(problemsOf(['GET', '/<a>'], ['POST', '/<a>'], ['GET', '/a'], ['GET', '/<a>/b'], ['GET', '/<n:path>'])).toEqual([]);
    expect(problemsOf(['GET', '/<n:int>'], ['GET', '/<x:float>'], ['GET', '/<s>'])).toEqual([]);
    expect(problemsOf(['ANY', '/<p:path>'], ['GET', '/<a>'], ['ANY', '/a/b'])).toEqual([]);
    expect(problemsOf(['GET', '/<a>-<b>'], ['GET', '/<a>'])).toEqual([]);
    expect(problemsOf(['GET', '/<a>'], ['GET', '/<b:re:[a-z/]+>'])).toEqual([]);
    expect(problemsOf(['GET', '/x<a>'], ['GET', '/x<b:re:[a-z]*>'])).toEqual([]);
  });

  it('are duplicates, and the later one wins', () => {
    expect(problemsOf(['GET', '/<a>'], ['GET', '/<b>'], ['GET', '/s'], ['get', '/s'])).toEqual([
      'duplicate: 0 by 1',
      'duplicate: 2 by 3',
    ]);
  });

  it.each<[string, string]>([
    ['/<p:path>', '/a/<b>'],
    ['/<p:path>', '/<a>/<b:int>/c'],
    ['/<a>', '/<n:int>'],
    ['/<a>', '/x<n:float>y'],
    ['/<x:float>', '/<n:int>'],
    ['/<x:float>', '/-<n:re:\\d+>'],
    ['/<a>/<b>', '/x/<b>'],
    ['/<a>', '/<b:re:[a-z]{2}>'],
    ['/<a>-<b>', '/<a>-<b>-<c>'],
    ['/x/<:re:a.c>', '/<:re:a.c>'.replace('/', '/x/')],
  ])('are rules behind one that takes all their paths: %s hides %s', (earlier, later) => {
    const expected = earlier === later ? ['duplicate: 0 by 1'] : ['unreachable: 1 by 0'];
    expect(problemsOf(['GET', earlier], ['GET', later])).toEqual(expected);
  });

  it('are rules behind a PROXY, static ones too', () => {
    expect(problemsOf(['GET', '/api/x'], ['GET', '/api/<x>'], ['GET', '/x'], ['PROXY', '/api/<p:path>'])).toEqual([
      'unreachable: 0 by 3',
      'unreachable: 1 by 3',
    ]);
  });

  it('are found among thousands of rules', () => {
    const router = new Router<number>();
    for (let i = 0; i < 10_000; i++) router.add(`/r${i}/<a>/<p:path>`, 'GET', i);
    router.add('/r77/x/y/<z>', 'GET', -1);
    // To compare each with each would take minutes.
    const problems = ends(() => router.problems());
    expect(problems.map(({ entry, by }) => [entry.target, by.target])).toEqual([[-1, 77]]);
  });
});

describe('cost', () => {
  it.each([
    ['/<a:path>/<b:path>/<c:path>/<d:path>/<e:path>!', '/a'.repeat(40_000)],
    ['/<a>-<b>-<c>-<d>-<e>!', `/${'-'.repeat(80_000)}`],
    ['/<a:int><b:int><c:int><d:int>x', `/${'1'.repeat(80_000)}`],
    ['/<a:float><b:float>.<c:float>x', `/${'1.'.repeat(40_000)}`],
    ['/<a><b><c><d><e>/x', `/${'a'.repeat(80_000)}`],
    ['/<a>-<b>-<c>-<d:re:\\d{4}>x', `/${'-'.repeat(80_000)}x`],
    ['/<a:re:a{1,3}><b:re:[ab]{1,9}><c:re:\\w*><d:re:a{2,}?>!', `/${'a'.repeat(80_000)}`],
    ['/<a:path>-<b:re:[a-z]+>-<c:path>-<d:re:[^x]+>!', `/${'-a'.repeat(40_000)}`],
    ['/<a:path>/<b:re:\\d{1,9}>/<c:path>/<d:re:[a-z]{3}>/x', '/1'.repeat(40_000)],
  ])('no path makes %s backtrack', (rule, path) => {
    const router = routerOf(rule);
    router.match('GET', '/');
    expect(ends(() => router.match('GET', path))).toBeNull();
  });

  it('absurd verbs leave nothing behind', () => {
    const router = routerOf('/<a>');
    for (let i = 0; i < 1000; i++) expect(router.match(`VERB${i}`, '/x')).toBeNull();
    expect(router.allowed('/x')).toEqual(['GET', 'HEAD']);
  });
});

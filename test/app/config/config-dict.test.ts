import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { ConfigDict, ConfigError } from '../../../src/app/config/config-dict.js';

describe('values by key', () => {
  it('are read, written, found and deleted by methods', () => {
    const config = new ConfigDict();
    expect(config.set('sqlite.file', 'blog.db')).toBe(config);
    expect(config.get('sqlite.file')).toBe('blog.db');
    expect(config.has('sqlite.file')).toBe(true);
    expect(config.size).toBe(1);
    expect(config.delete('sqlite.file')).toBe(true);
    expect(config.delete('sqlite.file')).toBe(false);
    expect(config.has('sqlite.file')).toBe(false);
    expect(config.get('sqlite.file')).toBeUndefined();
  });

  it('are read, written, found and deleted as attributes', () => {
    const config = new ConfigDict();
    config['sqlite.file'] = 'blog.db';
    config.debug = true;
    expect(config['sqlite.file']).toBe('blog.db');
    expect('sqlite.file' in config).toBe(true);
    expect('sqlite' in config).toBe(false);
    expect(Object.keys(config)).toEqual(['sqlite.file', 'debug']);
    expect({ ...config }).toEqual({ 'sqlite.file': 'blog.db', debug: true });
    delete config['sqlite.file'];
    expect(config['sqlite.file']).toBeUndefined();
    expect(config.get('debug')).toBe(true);
  });

  it('never hide a method of the same name', () => {
    const config = new ConfigDict({ size: 5, get: 'got', constructor: 1 });
    expect(config.size).toBe(3);
    expect(config.get('size')).toBe(5);
    expect(config.get('get')).toBe('got');
    expect(config).toBeInstanceOf(ConfigDict);
    expect(() => Object.assign(config, { set: 1 })).toThrow('use set(name, value)');
  });

  it('fall back only where there is none', () => {
    const config = new ConfigDict({ zero: 0, none: null, no: false });
    const port: number = config.get('port', 8080);
    expect(port).toBe(8080);
    expect(config.get('zero', 1)).toBe(0);
    expect(config.get('none', 1)).toBeNull();
    expect(config.get('no', true)).toBe(false);
  });

  it('come out in the order in which they were set', () => {
    const config = new ConfigDict({ b: 1, a: 2 });
    config.set('c', 3).set('b', 4);
    expect([...config.keys()]).toEqual(['b', 'a', 'c']);
    expect([...config.entries()]).toEqual([...config]);
    expect([...config]).toEqual([
      ['b', 4],
      ['a', 2],
      ['c', 3],
    ]);
  });

  it('keep what is there when a default is set', () => {
    const config = new ConfigDict({ a: 1 });
    expect(config.setDefault('a', 2)).toBe(1);
    expect(config.setDefault('b', 2)).toBe(2);
    expect(config.toObject()).toEqual({ a: 1, b: 2 });
  });

  it('cannot be undefined, which is left out of objects and refused by set', () => {
    const config = new ConfigDict({ a: 1 }).update({ a: undefined, b: undefined }).loadDict({ a: undefined });
    expect(config.toObject()).toEqual({ a: 1 });
    expect(() => config.set('a', undefined)).toThrow(
      'config "a" cannot be set to undefined: use delete("a"), or null for "none".',
    );
  });

  it('are shown by console.log and JSON', () => {
    const config = new ConfigDict({ a: { b: 1 } });
    expect(inspect(config)).toBe("ConfigDict { 'a.b': 1 }");
    expect(JSON.stringify(config)).toBe('{"a.b":1}');
  });

  it.each([
    ['', 'it is empty'],
    ['.a', 'a part beside one of its dots is empty'],
    ['a.', 'a part beside one of its dots is empty'],
    ['a..b', 'a part beside one of its dots is empty'],
    [' a', 'there is space at an end of it or beside a dot'],
    ['a .b', 'there is space at an end of it or beside a dot'],
    ['a\nb', 'it contains a control character'],
  ])('are refused under the key %j: %s', (key, reason) => {
    const config = new ConfigDict();
    expect(() => config.set(key, 1)).toThrow(ConfigError);
    expect(() => config.set(key, 1)).toThrow(`${JSON.stringify(key)} cannot be a config key: ${reason}.`);
  });

  it('may have keys in any script', () => {
    const config = new ConfigDict().loadDict({ あ: { ключ: 'value' } });
    expect(config['あ.ключ']).toBe('value');
  });
});

describe('update and loadDict', () => {
  it('update takes objects, maps and configs as they are, and puts a prefix before their keys', () => {
    const config = new ConfigDict();
    config.update({ a: { nested: true } }).update(new Map([['key', 'value']]), 'b.c');
    config.update(new ConfigDict({ get: 1 }), 'd.');
    expect(config.toObject()).toEqual({ a: { nested: true }, 'b.c.key': 'value', 'd.get': 1 });
  });

  it('loadDict makes dotted keys of nested objects and maps', () => {
    const config = new ConfigDict().loadDict({
      a: { b: { foo: 5, bar: 6 }, baz: 7 },
      'x.y': { z: new Map([['q', 1]]) },
      none: {},
    });
    expect(config.toObject()).toEqual({ 'a.b.foo': 5, 'a.b.bar': 6, 'a.baz': 7, 'x.y.z.q': 1 });
    expect(new ConfigDict().loadDict({ key: 1 }, 'name.space').toObject()).toEqual({ 'name.space.key': 1 });
  });

  it('loadDict leaves arrays, functions, dates and instances of classes whole', () => {
    class Store {
      name = 'store';
    }
    const values = { list: [{ a: 1 }], when: new Date(0), store: new Store(), make: () => 1, pattern: /x/, none: null };
    const config = new ConfigDict({ v: values });
    for (const [name, value] of Object.entries(values)) expect(config.get(`v.${name}`)).toBe(value);
  });

  it('loadDict takes objects without a prototype and of other realms for namespaces', () => {
    const foreign = runInNewContext('({ a: { b: 1 } })') as Record<string, unknown>;
    const bare = Object.assign(Object.create(null) as object, { c: 2 });
    expect(new ConfigDict({ foreign, bare }).toObject()).toEqual({ 'foreign.a.b': 1, 'bare.c': 2 });
  });

  it('treat __proto__ as an ordinary name', () => {
    const config = new ConfigDict().loadDict(JSON.parse('{"__proto__": {"bad": 1}, "a": {"__proto__": {"bad": 2}}}'));
    expect(config.get('__proto__.bad')).toBe(1);
    expect(config.get('bad')).toBeUndefined();
    const nested = config.toNested();
    expect(Object.getPrototypeOf(nested)).toBe(Object.prototype);
    expect(Object.keys(nested)).toEqual(['__proto__', 'a']);
    expect(nested.bad).toBeUndefined();
    expect(({} as Record<string, unknown>).bad).toBeUndefined();
    config[['__proto__'].join()] = 3;
    expect(config.get('__proto__')).toBe(3);
    expect(config).toBeInstanceOf(ConfigDict);
  });

  it('name a key that is not a string, and the circle in an object', () => {
    const config = new ConfigDict();
    const circle: Record<string, unknown> = {};
    circle.self = { circle };
    expect(() => config.loadDict(new Map([[5, 'five']]))).toThrow('5 cannot be a config key: it is of type number, not a string');
    expect(() => config.loadDict({ [Symbol('s')]: 1 })).toThrow('Symbol(s) cannot be a config key: it is a symbol');
    expect(() => config.loadDict({ 'a.': { b: 1 } })).toThrow('"a." cannot be a config key');
    expect(() => config.loadDict({ circle })).toThrow('config "circle.self.circle" contains itself');
    expect(() => config.loadDict([1] as never)).toThrow('must be an object or a Map with values by key, not an array');
    expect(() => config.loadDict('x' as never)).toThrow('not a string');
    expect(() => config.loadDict(new Set([1]) as never)).toThrow('not a list of something else');
  });

  it('set nothing if one of the values cannot be set', () => {
    const config = new ConfigDict({ a: 1 });
    expect(() => config.update({ a: 2, 'b.': 3 })).toThrow(ConfigError);
    expect(() => config.loadDict({ a: 2, b: { '': 3 } })).toThrow(ConfigError);
    expect(config.toObject()).toEqual({ a: 1 });
  });
});

describe('toObject and toNested', () => {
  const config = new ConfigDict({ debug: true, sqlite: { file: 'blog.db', pragmas: { journal: 'wal' } }, sqlites: 1 });

  it('are copies, flat or nested, of all or of one namespace', () => {
    expect(config.toObject('sqlite')).toEqual({ file: 'blog.db', 'pragmas.journal': 'wal' });
    expect(config.toNested('sqlite')).toEqual({ file: 'blog.db', pragmas: { journal: 'wal' } });
    expect(config.toNested()).toEqual({ debug: true, sqlite: config.toNested('sqlite'), sqlites: 1 });
    expect(config.toNested('nothing')).toEqual({});
  });

  it('keep a value and what is below its key apart, whichever came first, so that loadDict takes it back', () => {
    const value = { own: 1 };
    for (const keys of [
      ['a.b', 'a.b.c.d', 'a.e'],
      ['a.e', 'a.b.c.d', 'a.b'],
    ]) {
      const both = new ConfigDict();
      for (const key of keys) both.set(key, key === 'a.b' ? 1 : 2);
      expect(both.toNested()).toEqual({ a: { b: 1, 'b.c.d': 2, e: 2 } });
      expect(new ConfigDict(both.toNested()).toObject()).toEqual(both.toObject());
    }
    const owner = new ConfigDict().set('a', value).set('a.b', 2);
    expect(owner.toNested()).toEqual({ a: { own: 1 }, 'a.b': 2 });
    expect(value).toEqual({ own: 1 });
  });
});

describe('listeners', () => {
  it('hear the key, the value, the previous value and the config of every change', () => {
    const config = new ConfigDict({ a: 1 });
    const heard: unknown[] = [];
    config.onChange((key, value, previous, where) => heard.push([key, value, previous, where === config]));
    config.set('a', 2);
    config.b = 3;
    config.set('b', 3);
    config.delete('a');
    config.update({ b: 4, c: 5 });
    expect(heard).toEqual([
      ['a', 2, 1, true],
      ['b', 3, undefined, true],
      ['a', undefined, 2, true],
      ['b', 4, 3, true],
      ['c', 5, undefined, true],
    ]);
  });

  it('may ask for one key, and end', () => {
    const config = new ConfigDict();
    const heard: unknown[] = [];
    const stop = config.onChange((key) => heard.push(key), 'a');
    config.update({ a: 1, b: 2 });
    stop();
    stop();
    config.set('a', 3);
    expect(heard).toEqual(['a']);
  });

  it('see all values of an update set, and may set others', () => {
    const config = new ConfigDict();
    config.onChange((_key, _value, _previous, where) => where.set('sum', where.get('a', 0) + where.get('b', 0)), 'a');
    config.update({ a: 1, b: 2 });
    expect(config.get('sum')).toBe(3);
  });

  it('that throw reach who set the value, which stays', () => {
    const config = new ConfigDict();
    config.onChange(() => {
      throw new Error('no');
    });
    expect(() => config.set('a', 1)).toThrow('no');
    expect(config.get('a')).toBe(1);
  });
});

describe('definitions', () => {
  it('convert what is set, loaded or inherited, before anyone sees it', () => {
    const config = new ConfigDict().define('port', { convert: Number });
    config.set('port', '8080');
    expect(config.get('port')).toBe(8080);
    expect(config.overlay({ port: '9090' }).get('port')).toBe(9090);
    expect(config.update({ port: '1' }).get('port')).toBe(1);
  });

  it('convert the values that are there already', () => {
    const config = new ConfigDict({ port: '8080' });
    const overlay = config.overlay({ port: '9090' });
    overlay.define('port', { convert: Number });
    expect([config.get('port'), overlay.get('port')]).toEqual([8080, 9090]);
  });

  it('give a default where there is no value', () => {
    const config = new ConfigDict({ a: 1 }).define('a', { default: 5 }).define('b', { default: '6', convert: Number });
    expect(config.toObject()).toEqual({ a: 1, b: 6 });
  });

  it('refuse a value with the reason and the help, but without the value, and leave everything as it was', () => {
    const config = new ConfigDict({ port: 1 });
    config.define('port', { convert: Number, help: 'The port to listen on.' });
    expect(() => config.update({ other: 1, port: 'secret' })).toThrow(
      new ConfigError('the value of config "port" is refused: it is not a number. Purpose: The port to listen on.'),
    );
    expect(config.toObject()).toEqual({ port: 1 });
    const refuse = (): never => {
      throw new RangeError('out of range');
    };
    expect(() => config.define('port', { convert: refuse })).toThrow('config "port" is refused: out of range. Purpose');
    expect(() => config.define('x', { convert: () => undefined }).set('x', 1)).toThrow('its convert function returned undefined');
    expect(config.set('port', '2').get('port')).toBe(2);
  });

  it('of the same key add up, are shared with overlays, and can be read', () => {
    const config = new ConfigDict().define('a', { help: 'What a is.' });
    config.overlay().define('a', { convert: String });
    expect(config.meta('a')).toEqual({ help: 'What a is.', convert: String });
    expect(config.meta('b')).toBeUndefined();
    expect(config.set('a', 5).get('a')).toBe('5');
  });
});

describe('an overlay', () => {
  it("shows its parent's values, later ones too, until it sets its own", () => {
    const parent = new ConfigDict({ a: 1, b: 2 });
    const overlay = parent.overlay({ own: { key: 3 } });
    parent.update({ a: 10, c: 30 });
    expect(overlay.toObject()).toEqual({ a: 10, b: 2, c: 30, 'own.key': 3 });
    overlay.a = 100;
    parent.set('a', 11);
    expect(overlay.a).toBe(100);
    expect(parent.toObject()).toEqual({ a: 11, b: 2, c: 30 });
    expect(overlay.size).toBe(4);
    expect([...overlay.keys()]).toEqual(['a', 'b', 'c', 'own.key']);
    expect('b' in overlay).toBe(true);
    expect(overlay).toBeInstanceOf(ConfigDict);
  });

  it("shows its parent's value again once its own is deleted, and cannot delete that", () => {
    const parent = new ConfigDict({ a: 1 });
    const overlay = parent.overlay({ a: 2, b: 3 });
    expect(overlay.delete('a')).toBe(true);
    expect(overlay.get('a')).toBe(1);
    expect(overlay.delete('a')).toBe(false);
    expect(overlay.get('a')).toBe(1);
    overlay.delete('b');
    expect(overlay.has('b')).toBe(false);
  });

  it('tells which values are its own, and not only its parent’s', () => {
    const parent = new ConfigDict({ a: 1 });
    const overlay = parent.overlay({ b: 2 });
    expect([overlay.hasOwn('a'), overlay.hasOwn('b'), overlay.hasOwn('c')]).toEqual([false, true, false]);
    overlay.set('a', 1);
    overlay.delete('b');
    expect([overlay.hasOwn('a'), overlay.hasOwn('b'), parent.hasOwn('a')]).toEqual([true, false, true]);
  });

  it('of an overlay sees through to the first', () => {
    const first = new ConfigDict({ a: 1 });
    const second = first.overlay();
    const third = second.overlay();
    first.set('b', 1);
    second.set('b', 2);
    expect(third.toObject()).toEqual({ a: 1, b: 2 });
    second.delete('b');
    expect(third.get('b')).toBe(1);
    first.delete('b');
    expect(third.has('b')).toBe(false);
  });

  it('tells its listeners of changes that it inherits, and of no others', () => {
    const parent = new ConfigDict({ a: 1, b: 1 });
    const overlay = parent.overlay().overlay({ b: 2 });
    const heard: unknown[] = [];
    overlay.onChange((key, value, previous, where) => heard.push([key, value, previous, where === overlay]));
    parent.set('a', 2);
    parent.set('b', 3);
    overlay.delete('b');
    overlay.set('a', 5);
    parent.delete('a');
    overlay.delete('a');
    parent.delete('b');
    expect(heard).toEqual([
      ['a', 2, 1, true],
      ['b', 3, 2, true],
      ['a', 5, 2, true],
      ['a', undefined, 5, true],
      ['b', undefined, 3, true],
    ]);
  });

  it("does not tell its parent's listeners of its own changes", () => {
    const parent = new ConfigDict();
    const heard: unknown[] = [];
    parent.onChange((key) => heard.push(key));
    const overlay = parent.overlay();
    overlay.set('a', 1);
    parent.set('b', 1);
    expect(heard).toEqual(['b']);
  });

  it('can be made of a config later, instead of the one that it overlaid, keeping its own values', () => {
    const [first, second] = [new ConfigDict({ a: 1, b: 1, c: 1 }), new ConfigDict({ b: 2, c: 2, d: 2 })];
    const overlay = first.overlay({ c: 'own' });
    const heard: unknown[] = [];
    overlay.onChange((key, value, previous) => heard.push([key, value, previous]));
    expect(overlay.overlayOn(second)).toBe(overlay);
    expect(overlay.toObject()).toEqual({ b: 2, c: 'own', d: 2 });
    expect(heard).toEqual([
      ['a', undefined, 1],
      ['b', 2, 1],
      ['d', 2, undefined],
    ]);
    heard.length = 0;
    first.set('b', 'unheard');
    second.set('b', 'heard');
    expect(heard).toEqual([['b', 'heard', 2]]);
  });

  it('cannot be made of a config over itself', () => {
    const config = new ConfigDict();
    expect(() => config.overlayOn(config)).toThrow(ConfigError);
    expect(() => config.overlayOn(config.overlay().overlay())).toThrow('A config cannot be an overlay of itself.');
  });

  it('does not let its definitions change what is below it, when it was made of a config', () => {
    const below = new ConfigDict({ n: '1' });
    const config = new ConfigDict({ m: '1' }).overlayOn(below);
    config.define('n', { convert: Number }).define('m', { convert: Number });
    expect([below.get('n'), config.get('m'), config.set('n', '3').get('n'), below.get('n')]).toEqual(['1', 1, 3, '1']);
  });

  it('is garbage once nobody holds it, listeners or not, and hears as long as someone does', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const parent = new ConfigDict();
    const heard: string[] = [];
    const listening = (name: string): ConfigDict => {
      const overlay = parent.overlay();
      overlay.onChange((key) => heard.push(`${name} ${key}`));
      return overlay;
    };
    const held = listening('held').overlay();
    const dropped = (() => {
      const overlay = listening('dropped').overlay();
      overlay.onChange((key) => heard.push(`below dropped ${key}`));
      parent.set('before', 1);
      return new WeakRef(overlay);
    })();
    for (let turns = 0; turns < 40 && dropped.deref(); turns++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
    }
    expect(dropped.deref()).toBeUndefined();
    parent.set('after', 1);
    expect(heard).toEqual(['held before', 'dropped before', 'below dropped before', 'held after']);
    expect(held.get('after')).toBe(1);
  });
});

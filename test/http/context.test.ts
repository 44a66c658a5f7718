import { describe, expect, it } from '@jest/globals';
import { Context } from '../../src/http/context.js';
import type { Exchange } from '../../src/http/gateway/exchange.js';

const context = (): Context => new Context({ method: 'GET', target: '/', headers: [] } as unknown as Exchange, {} as never);

describe('what plugins have provided to a context', () => {
  it('is nothing at first', () => {
    expect(context().provided('db')).toBeUndefined();
    expect(context().provided(Date)).toBeUndefined();
  });

  it.each([1, 2, 5])('is found by its keyword or type, of %d', (many) => {
    class Clock {}
    const keys = ['db', Clock, 'user', Date, 'Clock'].slice(0, many);
    const made = context();
    for (const [i, key] of keys.entries()) made.provide(key, i);
    expect(keys.map((key) => made.provided(key))).toEqual(keys.map((_key, i) => i));
    expect(made.provided('other')).toBeUndefined();
    expect(made.provided(class Clock {})).toBeUndefined();
  });

  it('is what was provided last under a keyword', () => {
    const made = context();
    for (const value of ['old', 'new']) for (const key of ['db', 'user', 'nonce']) made.provide(key, `${value} ${key}`);
    expect(['db', 'user', 'nonce'].map((key) => made.provided(key))).toEqual(['new db', 'new user', 'new nonce']);
    made.provide('db', undefined);
    expect(made.provided('db')).toBeUndefined();
  });

  it('is there in a fork, which keeps what it is given to itself', () => {
    const whole = context();
    whole.provide('db', 'whole');
    const early = whole.fork(whole.exchange);
    whole.provide('user', 'whole');
    const late = whole.fork(whole.exchange);
    for (const key of ['db', 'user', 'nonce']) late.provide(key, 'part');
    expect(['db', 'user', 'nonce'].map((key) => whole.provided(key))).toEqual(['whole', 'whole', undefined]);
    expect(['db', 'user', 'nonce'].map((key) => late.provided(key))).toEqual(['part', 'part', 'part']);
    expect(['db', 'user'].map((key) => early.provided(key))).toEqual(['whole', undefined]);
  });
});

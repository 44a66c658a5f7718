import { describe, expect, it } from '@jest/globals';
import { Bottle, Response } from 'bottlenose';
import { exchange, get, serving } from '../servers/raw-client.js';

describe('the status', () => {
  it('is 200 until it is set, to a number or a line', () => {
    const response = new Response();
    expect([response.status, response.statusCode, response.statusLine]).toEqual([200, 200, '200 OK']);
    response.status = 404;
    expect([response.status, response.statusLine]).toEqual([404, '404 Not Found']);
    response.status = '404 Not here';
    expect([response.status, response.statusCode, response.statusLine]).toEqual([404, 404, '404 Not here']);
    response.status = 201;
    expect(response.statusLine).toBe('201 Created');
  });

  it.each([0, 99, 1000, 20.5, Number.NaN, '20 OK', 'OK', '200 a\r\nX: 1', ''])('cannot be %p', (status) => {
    const response = new Response();
    expect(() => {
      response.status = status;
    }).toThrow(RangeError);
    expect(response.status).toBe(200);
  });
});

describe('headers', () => {
  it('have names in any case, by method and by attribute', () => {
    const response = new Response();
    response.setHeader('X-A', 1);
    response.setHeader('x-a', 2);
    response.addHeader('X-B', 'a');
    response.addHeader('x-b', 'b');
    response.headers['X-C'] = 'c';
    expect([
      response.getHeader('X-a'),
      response.headers['x-A'],
      response.getHeader('none'),
      response.getHeader('none', 'd'),
    ]).toEqual(['2', '2', undefined, 'd']);
    expect(response.headers.getAll('X-B')).toEqual(['a', 'b']);
    expect(response.toFlat()).toEqual(['x-a', '2', 'X-B', 'a', 'x-b', 'b', 'X-C', 'c']);
    delete response.headers['x-b'];
    expect(response.headers.has('X-B')).toBe(false);
  });

  it.each(['a\r\nSet-Cookie: x=1', 'a\n', 'a\rb', 'a\0', '€'])('refuse the value %j, by every way in', (value) => {
    const response = new Response();
    expect(() => response.setHeader('X', value)).toThrow(TypeError);
    expect(() => response.addHeader('X', value)).toThrow(TypeError);
    expect(() => {
      response.headers.X = value;
    }).toThrow(TypeError);
    expect(() => {
      response.contentType = value;
    }).toThrow(TypeError);
    expect(response.toFlat()).toEqual([]);
    // Cookies take any text, encoded.
    response.setCookie('x', value);
    expect(response.toFlat()[1]).toMatch(/^x=[\x21-\x7e]*$/);
  });

  it.each(['X\r\nY', 'X Y', 'X:', '', 'é'])('refuse the name %j', (name) => {
    expect(() => new Response().setHeader(name, 'a')).toThrow(TypeError);
    expect(() => new Response().addHeader(name, 'a')).toThrow(TypeError);
  });

  it('that a client tries to inject give a 500 page, and no header of its own', async () => {
    const app = new Bottle({ logger: () => undefined });
    app.get('/', (_args, { request, response }) => {
      response.setHeader('X-Echo', request.query.get('q', ''));
      return 'x';
    });
    await serving(app, async (url) => {
      const answer = await exchange(url, get('/?q=a%0d%0aX-Injected:%20yes'));
      expect(answer.status).toBe(500);
      expect(answer.headers).not.toHaveProperty('x-injected');
    });
  });

  it('of a replaced list keep every value; cookies and Vary stand beside what was set before', () => {
    const response = new Response();
    response.setHeader('Link', '<old>');
    response.setHeader('Vary', 'Old');
    response.setHeader('X-Kept', '1');
    response.addHeader('Set-Cookie', 'a=1');
    response.replaceHeaders([
      ['Link', '<a>'],
      ['link', '<b>'],
      ['Vary', 'New'],
      ['Set-Cookie', 'b=2'],
    ]);
    expect(response.headers.getAll('link')).toEqual(['<a>', '<b>']);
    expect(response.headers.getAll('vary')).toEqual(['Old', 'New']);
    expect(response.headers.getAll('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(response.getHeader('x-kept')).toBe('1');
  });
});

describe('content type and charset', () => {
  it('go together', () => {
    const response = new Response();
    expect([response.contentType, response.charset]).toEqual(['text/html; charset=UTF-8', 'UTF-8']);
    response.charset = 'ISO-8859-1';
    expect([response.contentType, response.charset]).toEqual(['text/html; charset=ISO-8859-1', 'ISO-8859-1']);
    response.contentType = 'text/plain';
    expect([response.contentType, response.charset]).toEqual(['text/plain', 'UTF-8']);
    response.contentType = 'text/plain; charset="utf-16le"; x=y';
    expect(response.charset).toBe('utf-16le');
  });
});

describe('cookies', () => {
  it('are set with their attributes, and deleted', () => {
    const response = new Response();
    response.setCookie('a', '1', {
      path: '/x',
      domain: 'example.org',
      maxAge: 60,
      expires: new Date(0),
      secure: true,
      httpOnly: true,
      sameSite: 'lax',
      partitioned: true,
    });
    response.setCookie('b', '2');
    response.setCookie('b', '3');
    response.deleteCookie('c', { path: '/x' });
    const [, a = '', , b = '', , c = '', ...more] = response.toFlat();
    for (const part of [
      'a=1',
      'Max-Age=60',
      'Domain=example.org',
      'Path=/x',
      'Secure',
      'HttpOnly',
      'SameSite=Lax',
      'Partitioned',
    ])
      expect(a).toContain(part);
    expect(a).toContain('Expires=Thu, 01 Jan 1970 00:00:00 GMT');
    expect(b).toMatch(/^b=3(;|$)/);
    expect(c).toMatch(/^c=.*(Max-Age=0|1970)/);
    expect(more).toEqual([]);
  });

  it('go out one by one, over a socket and in process', async () => {
    const app = new Bottle();
    app.get('/', (_args, { response }) => {
      response.setCookie('a', '1');
      response.setCookie('b', { any: ['json'] }, { secret: 's' });
      return 'x';
    });
    await serving(app, async (url) => {
      expect((await exchange(url, get('/'))).headers['set-cookie']?.split('\n').length).toBe(2);
    });
    expect((await app.fetch(new Request('http://x/'))).headers.getSetCookie().length).toBe(2);
  });

  it.each([
    ['a name with a space', 'a b', 'x'],
    ['a value that is not a string', 'a', 7],
  ])('cannot have %s', (_name, name, value) => {
    expect(() => new Response().setCookie(name, value)).toThrow();
  });
});

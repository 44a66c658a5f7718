import { describe, expect, it } from '@jest/globals';
import { abort, HTTPError, HTTPResponse, redirect } from '../../src/http/http-error.js';

function thrown(action: () => unknown): HTTPResponse {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(HTTPResponse);
    return error as HTTPResponse;
  }
  throw new Error('nothing was thrown');
}

describe('HTTPResponse', () => {
  it('is an exception that is a response', () => {
    const response = new HTTPResponse({ a: 1 }, { status: 202, headers: { 'X-A': ['1', '2'] } });
    expect(response).toBeInstanceOf(Error);
    expect(response.body).toEqual({ a: 1 });
    expect(response.status).toBe(202);
    expect(response.statusLine).toBe('202 Accepted');
    expect(response.headers.getAll('x-a')).toEqual(['1', '2']);
    expect(response.name).toBe('HTTPResponse');
    expect(response.code).toBe('BN_HTTP_RESPONSE');
    expect(response.isRedirect).toBe(false);
  });

  it('is 200 without headers unless told', () => {
    const response = new HTTPResponse();
    expect(response.status).toBe(200);
    expect(response.body).toBeUndefined();
    expect(response.hasHeaders).toBe(false);
    expect(response.headers.size).toBe(0);
  });

  it("takes a status line of one's own, also later", () => {
    const response = new HTTPResponse('', { status: '404 Not here' });
    expect([response.status, response.statusLine]).toEqual([404, '404 Not here']);
    response.status = '500 Broken';
    expect([response.status, response.statusLine]).toEqual([500, '500 Broken']);
    response.status = 201;
    expect(response.statusLine).toBe('201 Created');
    expect(() => {
      response.status = 42;
    }).toThrow(RangeError);
  });

  it('sets and deletes cookies', () => {
    const response = new HTTPResponse().setCookie('a', '1', { path: '/' }).deleteCookie('b');
    expect(response.headers.getAll('Set-Cookie')).toEqual([
      'a=1; Path=/',
      'b=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ]);
  });

  it('refuses headers that would split the response', () => {
    expect(() => new HTTPResponse('', { headers: { 'X-A': 'a\r\nb' } })).toThrow(
      expect.objectContaining({ code: 'BN_HEADER_VALUE' }),
    );
  });

  it('takes a stack only from 500 on, and leaves other errors theirs', () => {
    expect(new HTTPResponse('', { status: 404 }).stack).not.toContain('\n    at ');
    expect(new HTTPError(404).stack).not.toContain('\n    at ');
    expect(new HTTPError(500).stack).toContain('http-error.test');
    expect(new Error('x').stack).toContain('http-error.test');
    expect(() => new HTTPError(9999)).toThrow(RangeError);
    expect(new Error('x').stack).toContain('http-error.test');
  });
});

describe('HTTPError', () => {
  it('is 500 with the reason phrase unless told', () => {
    const error = new HTTPError();
    expect([error.status, error.body, error.message]).toEqual([500, 'Internal Server Error', 'Internal Server Error']);
    expect(new HTTPError('404 Not here').body).toBe('Not here');
    expect(new HTTPError(404, '').body).toBe('');
  });

  it('carries message, cause, headers and code', () => {
    const cause = new Error('deep');
    const error = new HTTPError(503, 'Later.', { cause, headers: { 'Retry-After': 60 }, code: 'MY_CODE' });
    expect(error).toBeInstanceOf(HTTPResponse);
    expect([error.name, error.message, error.body, error.cause]).toEqual(['HTTPError', 'Later.', 'Later.', cause]);
    expect(error.headers.get('retry-after')).toBe('60');
    expect(error.code).toBe('MY_CODE');
    expect(new HTTPError(400).code).toBe('BN_HTTP_ERROR');
    expect('cause' in new HTTPError(400)).toBe(false);
    expect(String(error)).toBe('HTTPError: Later.');
  });

  it('tells its problem details', () => {
    expect(new HTTPError(404, 'No post 7.').toProblem()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'No post 7.',
    });
    const error = new HTTPError(422, 'Invalid.', { problem: { type: '/problems/invalid', errors: [{ path: '/a' }] } });
    expect(error.toProblem()).toEqual({
      type: '/problems/invalid',
      title: 'Unprocessable Content',
      status: 422,
      detail: 'Invalid.',
      errors: [{ path: '/a' }],
    });
  });

  it('keeps its own name and code in a subclass', () => {
    class Missing extends HTTPError {
      constructor() {
        super(404, 'Missing.', { code: 'MISSING' });
      }
    }
    expect(new Missing()).toBeInstanceOf(HTTPError);
    expect(new Missing().code).toBe('MISSING');
  });
});

describe('abort', () => {
  it('throws an HTTPError', () => {
    expect(thrown(() => abort(404, 'No such post.'))).toMatchObject({ status: 404, body: 'No such post.' });
    expect(thrown(() => abort()).status).toBe(500);
    expect(thrown(() => abort(401, 'Who?', { headers: { 'WWW-Authenticate': 'Basic' } })).headers.get('www-authenticate')).toBe(
      'Basic',
    );
  });
});

describe('redirect', () => {
  it('throws a 303 that may become a 302', () => {
    const response = thrown(() => redirect('/a'));
    expect(response).toMatchObject({ status: 303, deferredStatus: true, isRedirect: true });
    expect(response).not.toBeInstanceOf(HTTPError);
    expect(response.headers.get('Location')).toBe('/a');
  });

  it('keeps a status that was chosen', () => {
    expect(thrown(() => redirect('/a', 308))).toMatchObject({ status: 308, deferredStatus: false });
    for (const status of [200, 299, 400, 303.5, Number.NaN]) {
      expect(() => redirect('/a', status)).toThrow(/from 300 to 399/);
    }
  });

  it('refuses to leave the site under the guise of a path', () => {
    expect(() => redirect('//evil.example')).toThrow(expect.objectContaining({ code: 'BN_REDIRECT' }));
    expect(thrown(() => redirect('//cdn.example/a', 302, { external: true })).headers.get('location')).toBe('//cdn.example/a');
  });
});

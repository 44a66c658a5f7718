import { describe, expect, it } from '@jest/globals';
import { Bottle, Controller, Get, Request, Response } from 'bottlenose';
import { request, response } from 'bottlenose/context';
import { ask } from './ask.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the globals of bottlenose/context', () => {
  it('are the request and the response being answered, in methods and in what these call', async () => {
    const helper = () => request.getHeader('x-who', 'nobody');
    @Controller('/c')
    class C {
      @Get('/<n:int>')
      show() {
        response.status = 202;
        response.setHeader('X-Path', request.path);
        return { who: helper(), q: request.query.q, args: request.urlArgs };
      }
    }
    const answer = await ask(new Bottle().mount(C), '/c/5?q=1', { headers: { 'x-who': 'me' } });
    expect(answer).toMatchObject({ status: 202, json: { who: 'me', q: '1', args: { n: 5 } } });
    expect(answer.headers.get('x-path')).toBe('/c/5');
  });

  it('never show another request, however many there are', async () => {
    const app = new Bottle();
    app.hook('beforeRequest', async () => {
      await pause(1);
      response.setHeader('X-Before', request.path);
    });
    app.hook('afterRequest', () => response.setHeader('X-After', request.path));
    app.get('/<n:int>', async ({ n }) => {
      await pause((n * 7) % 13);
      const first = request.path;
      await pause((n * 5) % 11);
      return [first, request.path];
    });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => ask(app, `/${n}`)));
    answers.forEach(({ json, headers }, n) => {
      expect(json).toEqual([`/${n}`, `/${n}`]);
      expect([headers.get('x-before'), headers.get('x-after')]).toEqual([`/${n}`, `/${n}`]);
    });
  });

  it('are there in streams and in error handlers', async () => {
    const app = new Bottle();
    app.get('/stream', async function* () {
      yield 'from ';
      await pause(1);
      yield request.path;
    });
    app.error(404, () => `nothing at ${request.path}`);
    expect((await ask(app, '/stream')).text).toBe('from /stream');
    expect((await ask(app, '/none')).text).toBe('nothing at /none');
  });

  it('see the path of a mounted app inside it', async () => {
    const inner = new Bottle();
    inner.get('/x', () => [request.scriptName, request.path]);
    expect((await ask(new Bottle().mount('/in', inner), '/in/x')).json).toEqual(['/in/', '/x']);
  });

  it('pass for what they stand for', async () => {
    const app = new Bottle();
    app.get('/', () => [request instanceof Request, response instanceof Response, 'path' in request]);
    expect((await ask(app, '/')).json).toEqual([true, true, true]);
  });

  it('throw a ReferenceError outside of a request, which says what to do', async () => {
    expect(() => request.path).toThrow(ReferenceError);
    expect(() => response.setHeader('X-A', '1')).toThrow("'response' of bottlenose/context was used outside of a request");
    expect(() => {
      response.status = 200;
    }).toThrow(ReferenceError);
    await ask(
      new Bottle().get('/', () => request.path),
      '/',
    );
    expect(() => request.path).toThrow(ReferenceError);
  });
});

import { describe, expect, it } from '@jest/globals';
import { Bottle, Post, Skip } from 'bottlenose';
import { type CsrfOptions, csrf } from 'bottlenose/plugins';

const FORM = 'application/x-www-form-urlencoded';

function appWith(options?: CsrfOptions): Bottle {
  const app = new Bottle();
  app.install(csrf(options));
  app.route('/', { method: ['GET', 'POST', 'PUT', 'DELETE'] }, () => 'done');
  return app;
}

async function send(app: Bottle, headers: Record<string, string>, method = 'POST', path = '/'): Promise<number> {
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const text = headers['Content-Type']?.startsWith('multipart') ? '--x--\r\n' : 'a=b';
  const body = hasBody ? new TextEncoder().encode(text) : null;
  const init = { method, body, headers: { 'Content-Type': FORM, ...headers } };
  const request = new Request(`http://shop.example:8080${path}`, init);
  if (headers['Content-Type'] === '') request.headers.delete('Content-Type');
  return (await app.fetch(request)).status;
}

describe('csrf', () => {
  it('refuses forms of other sites', async () => {
    const app = appWith();
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'something-new' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://shop.example:8080' },
      { Origin: 'http://evil.test' },
      { Origin: 'null' },
      { Origin: 'http://shop.example' },
      { Origin: 'http://shop.example:8080.evil.test' },
      { Origin: 'ftp://shop.example:8080' },
      { Origin: '' },
    ] as Record<string, string>[]) {
      expect([headers, await send(app, headers)]).toEqual([headers, 403]);
    }
  });

  it('takes our own, those that users typed, and those of no browser', async () => {
    const app = appWith();
    for (const headers of [
      { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'none' },
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
      { Origin: 'http://shop.example:8080' },
      { Origin: 'https://shop.example:8080' },
      {},
    ] as Record<string, string>[]) {
      expect([headers, await send(app, headers)]).toEqual([headers, 200]);
    }
  });

  it('looks at every content type that a form can send, and at none', async () => {
    const app = appWith();
    const evil = { Origin: 'http://evil.test' };
    for (const type of [
      FORM,
      'multipart/form-data; boundary=x',
      'text/plain',
      'TEXT/PLAIN; charset=utf-8',
      'text/plain;application/json',
      'application/json, text/plain',
      'nonsense',
      '',
    ]) {
      expect([type, await send(app, { ...evil, 'Content-Type': type })]).toEqual([type, 403]);
    }
    expect(await send(app, { ...evil, 'Content-Type': 'application/json' })).toBe(200);
  });

  it('looks at every verb that may change something', async () => {
    const app = appWith();
    for (const verb of ['POST', 'PUT', 'DELETE']) expect(await send(app, { Origin: 'http://evil.test' }, verb)).toBe(403);
    expect(await send(app, { Origin: 'http://evil.test' }, 'GET')).toBe(200);
  });

  it('sees through a verb that a hook has overridden', async () => {
    const app = appWith();
    app.hook('beforeRequest', ({ request }) => {
      request.method = 'DELETE';
    });
    expect(await send(app, { Origin: 'http://evil.test' }, 'GET')).toBe(403);
  });

  it('takes those of trusted origins', async () => {
    const list = appWith({ origin: ['https://partner.example', /https:\/\/\w+\.shop\.example/] });
    expect(await send(list, { Origin: 'https://partner.example', 'Sec-Fetch-Site': 'cross-site' })).toBe(200);
    expect(await send(list, { Origin: 'https://www.shop.example' })).toBe(200);
    expect(await send(list, { Origin: 'https://www.shop.example.evil.test' })).toBe(403);
    const asked = appWith({ origin: async (origin) => origin === 'https://partner.example' });
    expect(await send(asked, { Origin: 'https://partner.example' })).toBe(200);
    expect(await send(asked, { Origin: 'https://evil.test' })).toBe(403);
    const family = appWith({ secFetchSite: ['same-origin', 'same-site'] });
    expect(await send(family, { 'Sec-Fetch-Site': 'same-site' })).toBe(200);
    expect(await send(family, { 'Sec-Fetch-Site': 'none' })).toBe(403);
  });

  it('guards mounted apps, and spares routes that skip it', async () => {
    class Hooks {
      @Post('/webhook')
      @Skip('csrf')
      webhook() {
        return 'thanks';
      }
    }

    const inner = new Bottle();
    inner.post('/', () => 'inner');
    const app = appWith();
    app.mount('/inner', inner);
    app.mount(Hooks);
    expect(await send(app, { Origin: 'http://evil.test' }, 'POST', '/inner/')).toBe(403);
    expect(await send(app, {}, 'POST', '/inner/')).toBe(200);
    expect(await send(app, { Origin: 'http://evil.test' }, 'POST', '/webhook')).toBe(200);
  });

  it('guards mounted handlers and what has no route, and has nothing to do on routes with safe verbs', async () => {
    const app = appWith();
    app.mount('/fetch', () => new globalThis.Response('fetch'));
    app.any('/any', () => 'any');
    for (const path of ['/fetch/x', '/any', '/none']) {
      expect([path, await send(app, { Origin: 'http://evil.test' }, 'POST', path)]).toEqual([path, 403]);
    }
    expect(await send(app, {}, 'POST', '/fetch/x')).toBe(200);
    expect(await send(app, {}, 'POST', '/none')).toBe(404);
    const guarded = app.routes.filter(({ plugins }) => plugins.some(({ name }) => name === 'csrf'));
    expect(guarded.map(({ method, rule }) => `${method} ${rule}`)).toEqual([
      'POST /',
      'PUT /',
      'DELETE /',
      'PROXY /fetch',
      'PROXY /fetch/<:re:.*>',
      'ANY /any',
    ]);
  });

  it('refuses options that make no sense', () => {
    const wrong = (options: unknown) => () => csrf(options as CsrfOptions);
    expect(wrong({ secFetchSite: 'same-orign' })).toThrow(/'secFetchSite' has "same-orign" in it; use same-origin/);
    expect(wrong({ origin: 'shop.example' })).toThrow(/csrf\(\): the option 'origin' has "shop.example" in it/);
    expect(wrong({ token: true })).toThrow(/has no option 'token'/);
  });
});

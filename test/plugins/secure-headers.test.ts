import { describe, expect, it } from '@jest/globals';
import { abort, Bottle, Get, HTTPResponse, Skip, template, View } from 'bottlenose';
import { NONCE, type SecureHeadersOptions, secureHeaders } from 'bottlenose/plugins';
import express from 'express';
import { exchange, get, serving } from '../servers/raw-client.js';
import { ANSWERS, appWithAnswers } from './answers.js';

async function ask(app: Bottle, path = '/') {
  const answer = await app.fetch(new Request(`http://localhost${path}`));
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}

function appWith(options?: SecureHeadersOptions): Bottle {
  const app = new Bottle({ logger: () => undefined });
  app.install(secureHeaders(options));
  app.get('/', () => 'hello');
  return app;
}

const csp = async (options: SecureHeadersOptions) => (await ask(appWith(options))).headers['content-security-policy'];

describe('secureHeaders', () => {
  it('sets what protects a site that says nothing else', async () => {
    const { headers } = await ask(appWith());
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'x-xss-protection': '0',
      'content-security-policy':
        "default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; frame-ancestors 'self'; " +
        "img-src 'self' data:; object-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self' https: 'unsafe-inline'",
    });
    expect(headers).not.toHaveProperty('cross-origin-embedder-policy');
    expect(headers).not.toHaveProperty('permissions-policy');
  });

  it('sets them on errors, streams, responses of all kinds and mounted apps', async () => {
    const app = appWith();
    const inner = new Bottle();
    inner.get('/', () => 'inner');
    app.mount('/inner', inner);
    app.mount('/fetch', (_request: globalThis.Request) => new globalThis.Response('fetch'));
    app.get('/stream', function* () {
      yield 'a';
    });
    app.get('/response', () => new HTTPResponse('x', { status: 201 }));
    app.get('/abort', () => abort(403));
    app.get('/fail', () => {
      throw new Error('oops');
    });
    app.get('/circular', () => {
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      return circle;
    });
    for (const path of [
      '/inner/',
      '/inner/none',
      '/fetch',
      '/stream',
      '/response',
      '/abort',
      '/fail',
      '/circular',
      '/none',
      '/%ff',
    ]) {
      expect([path, (await ask(app, path)).headers['x-content-type-options']]).toEqual([path, 'nosniff']);
    }
  });

  it.each(ANSWERS)('protects %s', async (_what, request, status) => {
    const [verb, path] = request.includes(' ') ? request.split(' ', 2) : ['GET', request];
    const answer = await appWithAnswers(secureHeaders()).fetch(new Request(`http://localhost${path}`, { method: verb }));
    expect([answer.status, answer.headers.get('x-frame-options')]).toEqual([status, 'SAMEORIGIN']);
  });

  it('leaves mounts and merged routes to their own settings', async () => {
    const inner = new Bottle();
    inner.install(secureHeaders({ xFrameOptions: 'DENY', referrerPolicy: false }));
    inner.get('/inner', () => 'inner');
    const app = new Bottle();
    app.install(secureHeaders());
    app.merge(inner);
    app.mount('/mounted', inner);
    app.mount('/skips', inner, { skip: 'secureHeaders' });
    for (const [path, referrer] of [
      ['/inner', 'same-origin'],
      ['/mounted/inner', 'same-origin'],
      ['/skips/inner', undefined],
    ] as const) {
      const { headers } = await ask(app, path);
      expect([path, headers['x-frame-options'], headers['referrer-policy']]).toEqual([path, 'DENY', referrer]);
    }
  });

  it('has one policy and one nonce where an app with a nonce is mounted in another', async () => {
    const options: SecureHeadersOptions = { contentSecurityPolicy: { scriptSrc: [NONCE] } };
    const inner = new Bottle();
    inner.install(secureHeaders(options));
    inner.get('/', (_args, { request }) => String(request.state.nonce));
    const app = appWith(options);
    app.mount('/inner', inner);
    const { headers, text } = await ask(app, '/inner/');
    expect(text).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(headers['content-security-policy']?.match(/'nonce-[^']*'/g)).toEqual([`'nonce-${text}'`]);
  });

  it('costs nothing where it has nothing to say', () => {
    const names = [
      'strictTransportSecurity',
      'xContentTypeOptions',
      'xFrameOptions',
      'referrerPolicy',
      'crossOriginOpenerPolicy',
    ];
    names.push('crossOriginResourcePolicy', 'originAgentCluster', 'xDnsPrefetchControl', 'xDownloadOptions', 'xXssProtection');
    names.push('xPermittedCrossDomainPolicies', 'contentSecurityPolicy', 'removePoweredBy');
    const app = appWith(Object.fromEntries(names.map((name) => [name, false])));
    app.check();
    expect(app.routes[0]?.plugins.map(({ name }) => name)).toEqual([]);
    const usual = appWith();
    usual.check();
    expect(usual.routes[0]?.plugins.map(({ name }) => name)).toEqual(['secureHeaders']);
  });

  it('protects what a mounted framework answers, and does not tell its name', async () => {
    const foreign = express();
    foreign.get('/', (_request, response) => {
      response.send('from Express');
    });
    const app = appWith();
    app.mount('/express', foreign);
    await serving(app, async (url) => {
      const { headers, text } = await exchange(url, get('/express/', 'Connection: close'));
      expect(text).toBe('from Express');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers).not.toHaveProperty('x-powered-by');
    });
  });

  it('leaves alone what a handler says itself, and routes that skip it', async () => {
    class Pages {
      @Get('/plain')
      @Skip('secureHeaders')
      plain() {
        return 'plain';
      }
    }

    const app = appWith();
    app.mount(Pages);
    app.get('/frame', (_args, { response }) => {
      response.setHeader('x-frame-options', 'DENY');
      return 'frame';
    });
    expect((await ask(app, '/frame')).headers['x-frame-options']).toBe('DENY');
    expect((await ask(app, '/plain')).headers).not.toHaveProperty('x-frame-options');
  });

  it('takes texts, and leaves out what is false', async () => {
    const { headers } = await ask(
      appWith({
        strictTransportSecurity: 'max-age=60',
        xFrameOptions: false,
        crossOriginEmbedderPolicy: true,
        contentSecurityPolicy: false,
        contentSecurityPolicyReportOnly: "default-src 'none'",
        permissionsPolicy: { camera: [], geolocation: ['self', 'https://a.example'], fullscreen: ['*'], displayCapture: [] },
      }),
    );
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=60',
      'cross-origin-embedder-policy': 'require-corp',
      'content-security-policy-report-only': "default-src 'none'",
      'permissions-policy': 'camera=(), geolocation=(self "https://a.example"), fullscreen=*, display-capture=()',
    });
    expect(headers).not.toHaveProperty('x-frame-options');
    expect(headers).not.toHaveProperty('content-security-policy');
  });

  it('replaces directives one by one', async () => {
    const text = await csp({
      contentSecurityPolicy: {
        scriptSrc: ["'self'", 'https://cdn.example'],
        'img-src': '*',
        objectSrc: false,
        upgradeInsecureRequests: true,
      },
    });
    expect(text).toContain("; script-src 'self' https://cdn.example;");
    expect(text).not.toContain('object-src');
    expect(text).toMatch(/; upgrade-insecure-requests$/);
    expect(text?.match(/img-src[^;]*/g)).toEqual(['img-src *']);
  });

  it('gives each request a nonce of its own, and templates the same one', async () => {
    class Pages {
      @Get('/view')
      @View('<script nonce="{{nonce}}">{{word}}</script>')
      view() {
        return { word: 'hello' };
      }

      @Get('/named')
      named(nonce: string) {
        return template('<script nonce="{{nonce}}"></script>', { nonce });
      }

      @Get('/object')
      object() {
        return { a: 1 };
      }
    }

    const app = appWith({ contentSecurityPolicy: { scriptSrc: ["'self'", NONCE], styleSrc: [NONCE] } });
    app.mount(Pages);
    app.get('/state', (_args, { request }) => `<script nonce="${request.state.nonce}"></script>`);
    const seen = new Set<string>();
    for (const path of ['/view', '/named', '/state', '/view']) {
      const { headers, text } = await ask(app, path);
      const nonce = /nonce="([A-Za-z0-9+/]{22}==)"/.exec(text.replaceAll('&#61;', '='))?.[1] ?? 'none';
      expect(headers['content-security-policy']).toContain(`; script-src 'self' 'nonce-${nonce}';`);
      expect(headers['content-security-policy']).toContain(`; style-src 'nonce-${nonce}'`);
      seen.add(nonce);
    }
    expect(seen.size).toBe(4);
    expect((await ask(app, '/object')).text).toBe('{"a":1}');
    const json = await app.fetch(new Request('http://localhost/view', { headers: { Accept: 'application/json' } }));
    expect(await json.text()).toBe('{"word":"hello"}');
  });

  it('refuses options that would protect nothing, or split the response', () => {
    const wrong = (options: unknown) => () => secureHeaders(options as SecureHeadersOptions);
    expect(wrong({ hsts: true })).toThrow(/has no option 'hsts'/);
    expect(wrong({ xFrameOption: 'DENY' })).toThrow(/Did you mean 'xFrameOptions'/);
    expect(wrong({ xFrameOptions: 'DENY\r\nSet-Cookie: a=b' })).toThrow(/carriage return/);
    expect(wrong({ xFrameOptions: 3 })).toThrow(/'xFrameOptions' is 3/);
    expect(wrong({ contentSecurityPolicy: "default-src 'self'\nX: y" })).toThrow(/line feed/);
    expect(wrong({ contentSecurityPolicy: { scriptSrc: ["'self'; img-src *"] } })).toThrow(/one word/);
    expect(wrong({ contentSecurityPolicy: { scriptSrc: ['a\r\nX: y'] } })).toThrow(/one word/);
    expect(wrong({ contentSecurityPolicy: { scriptSrc: ['self'] } })).toThrow(`it needs quotes: "'self'"`);
    expect(wrong({ contentSecurityPolicy: { 'script-src; img-src': ['*'] } })).toThrow(/camel case/);
    expect(wrong({ contentSecurityPolicy: [] })).toThrow(/'contentSecurityPolicy' is Array/);
    expect(wrong({ permissionsPolicy: { camera: ['evil"), usb=('] } })).toThrow(/permissionsPolicy/);
    expect(wrong({ permissionsPolicy: { 'camera\n': [] } })).toThrow(/permissionsPolicy/);
  });
});

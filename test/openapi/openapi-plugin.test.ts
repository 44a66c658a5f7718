import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { OpenAPIPlugin, openapi } from 'bottlenose/openapi';
import { basicAuth, secureHeaders } from 'bottlenose/plugins';
import { TestClient } from 'bottlenose/testing';
import { Books } from './fixtures/library.js';

function clientOf(options = {}) {
  const app = new Bottle({ logger: () => {} });
  const plugin = app.install(new OpenAPIPlugin(options));
  app.mount('/api', Books);
  return { app, plugin, client: new TestClient(app) };
}

describe('OpenAPIPlugin', () => {
  it('serves the document, which does not contain the plugin itself', async () => {
    const { client, app } = clientOf({ title: 'Library', version: '1.2.3' });
    const answer = await client.get('/openapi.json');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.json).toMatchObject({ info: { title: 'Library', version: '1.2.3' }, servers: [{ url: '/' }] });
    expect(Object.keys((answer.json as { paths: object }).paths)).toEqual(Object.keys(openapi(app).paths));
    expect(JSON.stringify(answer.json)).not.toContain('openapi.json');
    expect(() => app.check()).not.toThrow();
  });

  it('makes it again when there are more routes or plugins', async () => {
    const { client, app } = clientOf();
    const document = async () =>
      (await client.get('/openapi.json')).json as { paths: Record<string, object>; components: object };
    expect((await document()).paths['/more']).toBeUndefined();
    app.get('/more', () => '');
    expect((await document()).paths['/more']).toBeDefined();
    app.install(basicAuth({ users: { ada: 'secret' } }));
    expect((await client.get('/openapi.json')).status).toBe(401);
    const answer = await client.get('/openapi.json', { headers: { authorization: `Basic ${btoa('ada:secret')}` } });
    expect((answer.json as { components: object }).components).toHaveProperty('securitySchemes.basicAuth');
  });

  it('serves a page that loads nothing from elsewhere, and may not', async () => {
    const { client } = clientOf({ title: 'A <b> & "c"' });
    const page = await client.get('/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(page.text).toContain('<title>A &lt;b&gt; &amp; &quot;c&quot;</title>');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toContain('unsafe-');
    expect(page.text).not.toMatch(/https?:|<script>|<style| on\w+=/);
    const links = [...page.text.matchAll(/(?:href|src|data-url)="([^"]+)"/g)].map(([, link]) => link as string);
    expect(links).toHaveLength(5);
    for (const link of links) {
      const { pathname } = new URL(link, 'http://localhost/docs');
      expect([pathname, (await client.get(pathname)).status]).toEqual([pathname, 200]);
    }
  });

  it('sends of swagger-ui-dist only what the page needs', async () => {
    const { client } = clientOf();
    const types = async (name: string) => {
      const answer = await client.get(`/docs/assets/${name}`);
      return [answer.status, answer.headers.get('content-type')];
    };
    expect(await types('swagger-ui-bundle.js')).toEqual([200, 'text/javascript; charset=UTF-8']);
    expect(await types('swagger-ui.css')).toEqual([200, 'text/css; charset=UTF-8']);
    expect((await types('package.json'))[0]).toBe(404);
    expect((await types('..%2fpackage.json'))[0]).toBe(404);
  });

  it('has its own paths, or no page at all', async () => {
    const { client } = clientOf({ path: '/v1/api.json', ui: '/v1/help/read' });
    expect((await client.get('/v1/api.json')).status).toBe(200);
    const page = await client.get('/v1/help/read');
    expect(page.text).toContain('data-url="../api.json"');
    expect(page.text).toContain('src="read/assets/start.js"');
    expect((await client.get('/v1/help/read/assets/start.js')).status).toBe(200);
    const root = clientOf({ ui: '/' });
    expect((await root.client.get('/')).text).toContain('src="assets/start.js"');
    const none = clientOf({ ui: false });
    expect((await none.client.get('/docs')).status).toBe(404);
  });

  it('tells where the API is in an app that is mounted', async () => {
    const { app } = clientOf();
    const client = new TestClient(new Bottle().mount('/v1', app).mount('/v2', app));
    expect((await client.get('/v1/openapi.json')).json).toMatchObject({ servers: [{ url: '/v1' }] });
    expect((await client.get('/v2/openapi.json')).json).toMatchObject({ servers: [{ url: '/v2' }] });
    const said = clientOf({ servers: [{ url: 'https://api.example.com/v1' }] });
    expect((await said.client.get('/openapi.json')).json).toMatchObject({ servers: [{ url: 'https://api.example.com/v1' }] });
    const policy = (await said.client.get('/docs')).headers.get('content-security-policy');
    expect(policy).toContain("connect-src 'self' https://api.example.com;");
  });

  it('keeps its policy beside secureHeaders', async () => {
    const { client, app } = clientOf();
    app.install(secureHeaders());
    const answer = await client.get('/docs');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is gone when it is uninstalled, and back when it is installed again', async () => {
    const { client, app, plugin } = clientOf();
    app.uninstall(plugin);
    expect((await client.get('/docs')).status).toBe(404);
    expect((await client.get('/openapi.json')).status).toBe(404);
    app.install(plugin);
    expect((await client.get('/docs')).status).toBe(200);
    expect(() => app.check()).not.toThrow();
  });

  it.each([{ path: 'openapi.json' }, { path: '/<name>' }, { ui: '/docs/' }, { ui: 5 }])('refuses %j', (options) => {
    expect(() => new OpenAPIPlugin(options as object)).toThrow(/OpenAPIPlugin\(\{ (path|ui): .*give a path/);
  });
});

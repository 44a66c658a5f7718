import { once } from 'node:events';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { chooseServer } from '../../src/servers/auto.js';
import { gaeOptions } from '../../src/servers/gae.js';

const known = ['node', 'cluster', 'uws', 'fastcgi', 'cgi', 'bun', 'deno', 'fetch', 'gae', 'lambda', 'auto'];
const place = { env: {}, known, runtime: 'node' as const, has: () => false };

describe('the choice of a server', () => {
  it.each([
    ['node', {}],
    ['uws', { has: (name: string) => name === 'uWebSockets.js' }],
    ['bun', { runtime: 'bun' as const, has: () => true }],
    ['deno', { runtime: 'deno' as const, has: () => true }],
    ['gae', { env: { GAE_ENV: 'standard' }, has: () => true }],
    ['gae', { env: { K_SERVICE: 'shop' }, runtime: 'bun' as const }],
    ['lambda', { env: { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001', K_SERVICE: 'shop' } }],
    ['cgi', { env: { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', K_SERVICE: 'shop' } }],
    ['node', { env: { GATEWAY_INTERFACE: 'CGI/1.1' } }],
    ['node', { env: { K_SERVICE: '' } }],
    ['node', { runtime: 'bun' as const, known: ['node'] }],
  ])('is %s', (name, inputs) => {
    expect(chooseServer({ ...place, ...inputs })).toBe(name);
  });

  it('serves', async () => {
    const app = new Bottle();
    app.get('/', () => 'home');
    const server = await app.run({ server: 'auto', port: 0, quiet: true });
    expect(await (await fetch(server.url)).text()).toBe('home');
    await server.close();
  });

  it('serves where uws does not listen', async () => {
    const app = new Bottle();
    app.get('/', () => 'home');
    const socket = join(tmpdir(), `auto-${process.pid}.sock`);
    const server = await app.run({ server: 'auto', socket, quiet: true });
    expect(server.url).toBe(`unix:${socket}`);
    await server.close();
  });
});

describe('gae', () => {
  it('listens on PORT of all interfaces, whatever port the app names', () => {
    expect(gaeOptions({ port: 8080 }, '9000')).toMatchObject({ host: '0.0.0.0', port: 9000, keepAliveTimeout: 620_000 });
    expect(gaeOptions({ port: 8080, host: '127.0.0.1' }, undefined)).toMatchObject({ host: '127.0.0.1', port: 8080 });
  });

  it.each([
    [undefined, '1.2.3.4'],
    [2, '6.6.6.6'],
    [false, '127.0.0.1'],
  ])('trusts one proxy, unless the app has a trustProxy of its own (%s)', async (trustProxy, client) => {
    const app = new Bottle(trustProxy === undefined ? {} : { trustProxy });
    app.get('/', (_args, { request: { remoteAddr } }) => remoteAddr);
    const server = await app.run({ server: 'gae', host: '127.0.0.1', port: 0, quiet: true });
    const call = request(server.url, { headers: { 'X-Forwarded-For': '6.6.6.6, 1.2.3.4', Connection: 'close' } }).end();
    const [answer] = await once(call, 'response');
    let text = '';
    for await (const chunk of answer) text += chunk;
    expect(text).toBe(client);
    await server.close();
  });
});

import { describe, expect, it } from '@jest/globals';
import { Bottle, type TrustProxy } from 'bottlenose';
import { csrf } from 'bottlenose/plugins';
import { exchange, get, serving } from '../../servers/raw-client.js';

interface Seen {
  addr?: string;
  route: string[];
  url: string;
  host: string;
}

function appWith(trustProxy: TrustProxy | undefined): Bottle {
  const app = new Bottle(trustProxy === undefined ? {} : { trustProxy });
  app.get('/', (_args, { request: { remoteAddr, remoteRoute, url, headers } }) => ({
    addr: remoteAddr,
    route: remoteRoute,
    url,
    host: headers.getAll('host').join(),
  }));
  return app;
}

async function seen(trustProxy: TrustProxy | undefined, headers: Record<string, string>, peer = '10.0.0.1'): Promise<Seen> {
  const request = new Request('http://inner/', { headers });
  const answer = await appWith(trustProxy).fetch(request, peer === '' ? {} : { remoteAddress: peer });
  return (await answer.json()) as Seen;
}

const CHAIN = { 'X-Forwarded-For': '6.6.6.6, 1.2.3.4, 10.0.0.2' };

describe('the client behind proxies', () => {
  it('is the peer, unless proxies are trusted', async () => {
    const all = { ...CHAIN, 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.example' };
    for (const trust of [undefined, false, 0, '192.168.0.0/16'] as const) {
      expect(await seen(trust, all)).toMatchObject({ addr: '10.0.0.1', route: ['10.0.0.1'], url: 'http://inner/' });
    }
  });

  it.each<[TrustProxy, string[]]>([
    [true, ['6.6.6.6', '1.2.3.4', '10.0.0.2', '10.0.0.1']],
    [1, ['10.0.0.2', '10.0.0.1']],
    [2, ['1.2.3.4', '10.0.0.2', '10.0.0.1']],
    [9, ['6.6.6.6', '1.2.3.4', '10.0.0.2', '10.0.0.1']],
    ['10.0.0.1', ['10.0.0.2', '10.0.0.1']],
    ['10.0.0.0/8', ['1.2.3.4', '10.0.0.2', '10.0.0.1']],
    ['private', ['1.2.3.4', '10.0.0.2', '10.0.0.1']],
    [
      ['10.0.0.1', '10.0.0.2', 'loopback'],
      ['1.2.3.4', '10.0.0.2', '10.0.0.1'],
    ],
  ])('is who the last proxy that is trusted (%j) says it is', async (trust, route) => {
    expect(await seen(trust, CHAIN)).toMatchObject({ addr: route[0], route });
  });

  it('may be written with a port, and over IPv6', async () => {
    const { route } = await seen(true, { 'X-Forwarded-For': '[2001:db8::1]:80,2001:db8::2 , 1.2.3.4:5678' });
    expect(route).toEqual(['2001:db8::1', '2001:db8::2', '1.2.3.4', '10.0.0.1']);
    expect((await seen('fd00::/8', CHAIN, 'fd00::7')).route).toEqual(['10.0.0.2', 'fd00::7']);
    expect((await seen('loopback', CHAIN, '::ffff:127.0.0.1')).addr).toBe('10.0.0.2');
  });

  it('is known no further than there are addresses', async () => {
    for (const odd of ['unknown', '_hidden', '<script>', '1.2.3', '', '1.2.3.4,']) {
      expect((await seen(true, { 'X-Forwarded-For': odd })).route).toEqual(['10.0.0.1']);
    }
    expect((await seen(true, { 'X-Forwarded-For': '1.1.1.1, unknown, 2.2.2.2' })).route).toEqual(['2.2.2.2', '10.0.0.1']);
    expect((await seen(true, {})).route).toEqual(['10.0.0.1']);
  });

  it('is known over a Unix socket too, where the peer has no address', async () => {
    expect((await seen(1, CHAIN, '')).route).toEqual(['10.0.0.2']);
    expect((await seen('private', CHAIN, '')).route).toEqual([]);
  });

  it('has seen another scheme and host', async () => {
    const told = { 'X-Forwarded-Proto': 'HTTPS', 'X-Forwarded-Host': 'shop.example:8443' };
    expect(await seen(1, told)).toMatchObject({ url: 'https://shop.example:8443/', host: 'shop.example:8443' });
    const two = { ...CHAIN, 'X-Forwarded-Proto': 'http, https, http', 'X-Forwarded-Host': 'lie, real, inner' };
    expect((await seen(2, two)).url).toBe('https://real/');
    for (const lie of ['evil.example/path', 'a b', 'a@b', '"', 'a:b']) {
      expect((await seen(1, { 'X-Forwarded-Host': lie, 'X-Forwarded-Proto': 'javascript' })).url).toBe('http://inner/');
    }
  });

  it('is the same over a socket', async () => {
    await serving(appWith('loopback'), async (url) => {
      const headers = ['X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: shop.example'];
      const { text } = await exchange(url, get('/', ...headers));
      const found = JSON.parse(text) as Seen;
      expect(found).toMatchObject({ addr: '1.2.3.4', url: 'https://shop.example/', host: 'shop.example' });
      expect(found.route[1]).toMatch(/127\.0\.0\.1$/);
    });
  });

  it('sends forms to the host that it sees', async () => {
    const app = new Bottle({ trustProxy: 1 });
    app.install(csrf());
    app.post('/', () => 'taken');
    const form = { method: 'POST', body: new URLSearchParams({ a: '1' }) };
    const from = (headers: Record<string, string>) => app.fetch(new Request('http://inner/', { ...form, headers }));
    expect((await from({ Origin: 'https://shop.example', 'X-Forwarded-Host': 'shop.example' })).status).toBe(200);
    expect((await from({ Origin: 'https://shop.example' })).status).toBe(403);
  });
});

describe('the option trustProxy', () => {
  it('may come as text, from a file or the environment, and change', async () => {
    const app = appWith(undefined);
    const addr = async (): Promise<unknown> =>
      ((await (await app.fetch(new Request('http://x/', { headers: CHAIN }), { remoteAddress: '10.0.0.1' })).json()) as Seen)
        .addr;
    for (const [text, client] of [
      ['true', '6.6.6.6'],
      ['1', '10.0.0.2'],
      ['10.0.0.1, 10.0.0.2', '1.2.3.4'],
      ['false', '10.0.0.1'],
    ]) {
      app.config.set('trustProxy', text);
      expect(await addr()).toBe(client);
    }
  });

  it.each([['nginx'], ['10.0.0.0/33'], ['10.0.0.0/8/8'], ['10.0.0.0/'], [-1], [1.5], [[]], [''], [null]])(
    'refuses %j, by its name',
    (value) => {
      expect(() => new Bottle({ trustProxy: value as TrustProxy })).toThrow(/trustProxy[\s\S]*'10\.0\.0\.0\/8'/);
    },
  );
});

describe('a proxy that takes the beginning of the path away', () => {
  async function where(prefix: string, trustProxy: TrustProxy = 1): Promise<unknown> {
    const app = new Bottle({ trustProxy });
    app.get('/x', (_args, { request: { url, scriptName, path } }) => [url, scriptName, path]);
    const headers = { 'X-Forwarded-Prefix': prefix };
    return (await app.fetch(new Request('http://inner/x', { headers }), { remoteAddress: '10.0.0.1' })).json();
  }

  it('says so, and URLs have it again', async () => {
    for (const prefix of ['/shop', '/shop/']) expect(await where(prefix)).toEqual(['http://inner/shop/x', '/shop/', '/x']);
    expect(await where('/a/b%20c')).toEqual(['http://inner/a/b%20c/x', '/a/b c/', '/x']);
    expect(await where('/lies, /shop')).toEqual(['http://inner/shop/x', '/shop/', '/x']);
  });

  it('is ignored from untrusted proxies, and with a value that is not a path', async () => {
    const plain = ['http://inner/x', '/', '/x'];
    expect(await where('/shop', '192.168.0.0/16')).toEqual(plain);
    for (const nonsense of ['//evil.example', 'shop', '/a?b', '/a#b', '/..', '/a/../b', '/\\evil', '/', '']) {
      expect(await where(nonsense)).toEqual(plain);
    }
  });
});

describe('Forwarded', () => {
  it('says the same', async () => {
    const Forwarded = 'for=6.6.6.6;proto=http, for="[2001:db8::1]:4711";proto=https;host="shop.example:8443";by=10.0.0.2';
    expect(await seen(1, { Forwarded })).toMatchObject({
      addr: '2001:db8::1',
      route: ['2001:db8::1', '10.0.0.1'],
      url: 'https://shop.example:8443/',
      host: 'shop.example:8443',
    });
    expect((await seen(2, { Forwarded })).route).toEqual(['6.6.6.6', '2001:db8::1', '10.0.0.1']);
    expect((await seen(undefined, { Forwarded })).route).toEqual(['10.0.0.1']);
    expect((await seen('192.168.0.0/16', { Forwarded })).route).toEqual(['10.0.0.1']);
  });

  it('counts for nothing beside X-Forwarded headers, where only those are the proxy’s', async () => {
    const lies = { Forwarded: 'for=6.6.6.6;host=evil.example', 'X-Forwarded-For': '1.2.3.4' };
    expect(await seen(1, lies)).toMatchObject({ addr: '1.2.3.4', url: 'http://inner/' });
    const { route, url } = await seen(1, { Forwarded: 'for=6.6.6.6;host=evil.example', 'X-Forwarded-Proto': 'https' });
    expect([route, url]).toEqual([['10.0.0.1'], 'https://inner/']);
  });

  it('keeps the place of proxies that do not name their client', async () => {
    for (const who of ['unknown', '_hidden', '"_SEVKISEK"']) {
      expect((await seen(true, { Forwarded: `for=6.6.6.6, for=${who}, for=10.0.0.2` })).route).toEqual(['10.0.0.2', '10.0.0.1']);
    }
    expect((await seen(true, { Forwarded: 'for=6.6.6.6, proto=https, for=10.0.0.2' })).route).toEqual(['10.0.0.2', '10.0.0.1']);
  });

  it.each([
    'for',
    'for=',
    'for=a b',
    'for="1.2.3.4',
    'for=1.2.3.4;for=5.6.7.8',
    'for=1.2.3.4 proto=https',
    '=x',
    'for="a"b',
    'for=[::1]',
  ])('that is malformed counts for nothing: %s', async (Forwarded) => {
    expect(await seen(true, { Forwarded })).toMatchObject({ route: ['10.0.0.1'], url: 'http://inner/' });
  });
});

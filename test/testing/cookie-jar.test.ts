import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { CookieJar, TestClient } from 'bottlenose/testing';

const sent = (jar: CookieJar, url: string) => jar.sentTo(new URL(url)).map(({ name, raw }) => `${name}=${raw}`);

function jarWith(url: string, ...setCookies: string[]): CookieJar {
  const jar = new CookieJar();
  jar.store(new URL(url), setCookies);
  return jar;
}

describe('the cookie jar of a client', () => {
  const app = new Bottle();
  app.post('/login', (_, { request, response }) => {
    response.setCookie('user', String(request.forms.name), { path: '/', httpOnly: true });
    return undefined;
  });
  app.post('/logout', (_, { response }) => void response.deleteCookie('user', { path: '/' }));
  app.get('/', (_, { request }) => ({ ...request.cookies }));
  app.get('/signed', (_, { request }) => ({ user: request.getCookie('user', { secret: 'key' }) }));

  it('sends what the app has set, until the app deletes it', async () => {
    const client = new TestClient(app);
    expect((await client.post('/login', { form: { name: 'Ada Löve; =' } })).cookies.user).toBe('Ada Löve; =');
    expect((await client.get('/')).json).toEqual({ user: 'Ada Löve; =' });
    expect(client.cookies.get('user')).toBe('Ada Löve; =');
    const out = await client.post('/logout');
    expect([out.cookies.has('user'), out.cookies.user]).toEqual([true, '']);
    expect((await client.get('/')).json).toEqual({});
    expect(client.cookies.has('user')).toBe(false);
  });

  it('is each client its own', async () => {
    const [ada, bob] = [new TestClient(app), new TestClient(app)];
    await ada.post('/login', { form: { name: 'ada' } });
    expect((await bob.get('/')).json).toEqual({});
  });

  it('keeps what a redirect sets', async () => {
    const other = new Bottle();
    other.get('/', (_, { request }) => request.cookies.seen);
    other.get('/set', (_, { response }) => {
      response.setCookie('seen', 'yes', { path: '/' });
      response.status = 303;
      response.setHeader('Location', '/');
      return undefined;
    });
    expect((await new TestClient(other).get('/set', { follow: true })).text).toBe('yes');
  });

  it('can be filled by hand, signed values too', async () => {
    const client = new TestClient(app);
    client.cookies.set('theme', 'dark').set('user', { id: 7 }, { secret: 'key' });
    expect((await client.get('/')).json).toMatchObject({ theme: 'dark' });
    expect((await client.get('/signed')).json).toEqual({ user: { id: 7 } });
    expect(client.cookies.size).toBe(2);
    expect(client.cookies.delete('theme')).toBe(true);
    expect(client.cookies.delete('theme')).toBe(false);
    client.cookies.clear();
    expect([...client.cookies]).toEqual([]);
  });

  it('takes no signed value without a secret', () => {
    const { cookies } = new TestClient(app);
    for (const secret of [undefined, '', [], ['key', undefined]])
      expect(() => cookies.set('user', 'ada', { secret: secret as string })).toThrow(/secret.*; give a long random string/);
    expect(cookies.has('user')).toBe(false);
  });

  it('stands back for cookies of one request', async () => {
    const client = new TestClient(app);
    client.cookies.set('a', 'jar').set('b', 'jar').set('c', 'jar');
    const { json } = await client.get('/', { cookies: { a: 'ö;', b: undefined } });
    expect(json).toEqual({ c: 'jar', a: 'ö;' });
    expect((await client.get('/')).json).toEqual({ a: 'jar', b: 'jar', c: 'jar' });
    expect((await client.get('/', { headers: { Cookie: 'x=1' } })).json).toEqual({ x: '1' });
  });
});

describe('CookieJar', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('sends a cookie to its path and below', () => {
    const jar = jarWith('http://localhost/a/page', 'root=1; Path=/', 'here=2', 'deep=3; Path=/a/b');
    expect(sent(jar, 'http://localhost/')).toEqual(['root=1']);
    expect(sent(jar, 'http://localhost/a')).toEqual(['here=2', 'root=1']);
    expect(sent(jar, 'http://localhost/a/b/c')).toEqual(['deep=3', 'here=2', 'root=1']);
    expect(sent(jar, 'http://localhost/ab')).toEqual(['root=1']);
  });

  it('sends a secure cookie over https only', () => {
    const jar = jarWith('http://localhost/', 'a=1; Secure');
    expect(sent(jar, 'http://localhost/')).toEqual([]);
    expect(sent(jar, 'https://localhost/')).toEqual(['a=1']);
  });

  it('sends a cookie to its host, and with Domain to hosts below', () => {
    const jar = jarWith('http://www.example.org/', 'own=1', 'all=2; Domain=.Example.org', 'alien=3; Domain=evil.com');
    expect(sent(jar, 'http://www.example.org/')).toEqual(['own=1', 'all=2']);
    expect(sent(jar, 'http://api.example.org/')).toEqual(['all=2']);
    expect(sent(jar, 'http://badexample.org/')).toEqual([]);
  });

  it('forgets a cookie when its time has come', () => {
    jest.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
    const jar = jarWith(
      'http://localhost/',
      'a=1; Max-Age=60',
      'b=1; Expires=Tue, 01 Jan 2030 00:02:00 GMT',
      'c=1; Max-Age=600; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'd=1; Expires=never',
    );
    expect(jar.size).toBe(4);
    jest.advanceTimersByTime(61_000);
    expect([...jar].map(([name]) => name)).toEqual(['b', 'c', 'd']);
    jest.advanceTimersByTime(60_000);
    expect(sent(jar, 'http://localhost/')).toEqual(['c=1', 'd=1']);
  });

  it('deletes a cookie of the same name, path and host only', () => {
    const jar = jarWith('http://localhost/a/', 'x=1; Path=/', 'x=2; Path=/a');
    jar.store(new URL('http://localhost/'), ['x=; Path=/a; Max-Age=0']);
    expect(sent(jar, 'http://localhost/a/')).toEqual(['x=1']);
  });

  it('replaces a cookie in its place', () => {
    const jar = jarWith('http://localhost/', 'a=1', 'b=2', 'a=3');
    expect(sent(jar, 'http://localhost/')).toEqual(['a=3', 'b=2']);
    expect(jar.get('a')).toBe('3');
  });

  it('ignores malformed cookies', () => {
    expect(jarWith('http://localhost/', '', '=x', 'lonely', '; Path=/').size).toBe(0);
  });

  it('refuses by hand what no browser would take', () => {
    expect(() => new CookieJar().set('a b', '1')).toThrow('that is not a cookie name');
  });
});

import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { type BearerAuthOptions, bearerAuth } from 'bottlenose/plugins';

async function ask(app: Bottle, authorization?: string) {
  const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
  const answer = await app.fetch(new Request('http://localhost/', { headers }));
  return { status: answer.status, challenge: answer.headers.get('www-authenticate'), text: await answer.text() };
}

function appWith(options: BearerAuthOptions): Bottle {
  const app = new Bottle();
  const handler = ({ user }: { user: unknown }) => ({ user });
  app.get('/', handler as () => unknown, { apply: bearerAuth(options) });
  return app;
}

describe('bearerAuth', () => {
  it('asks for a token without speaking of an error', async () => {
    const app = appWith({ token: 'secret', realm: 'API' });
    for (const value of [undefined, 'Basic YWRhOmxvdmVsYWNl', '']) {
      expect(await ask(app, value)).toMatchObject({ status: 401, challenge: 'Bearer realm="API"' });
    }
  });

  it('answers 400 for a malformed token', async () => {
    const app = appWith({ token: 'secret' });
    for (const value of ['Bearer', 'Bearer a b', 'Bearer "secret"', 'Bearer sec ret']) {
      const answer = await ask(app, value);
      expect([value, answer.status]).toEqual([value, 400]);
      expect(answer.challenge).toMatch(/^Bearer realm="private", error="invalid_request", error_description="[^"]+"$/);
    }
  });

  it('calls a wrong token invalid', async () => {
    const app = appWith({ token: ['secret', 'second'] });
    for (const value of ['Bearer secre', 'Bearer secrets', 'Bearer SECRET', 'bearer x']) {
      const answer = await ask(app, value);
      expect([value, answer.status]).toEqual([value, 401]);
      expect(answer.challenge).toContain('error="invalid_token"');
    }
    expect(await ask(app, 'Bearer secret')).toMatchObject({ status: 200, text: '{"user":"secret"}' });
    expect((await ask(app, 'bearer second')).status).toBe(200);
  });

  it('provides the identity of the token', async () => {
    const app = appWith({ verify: async (token) => (token === 'good' ? { id: 7 } : undefined) });
    expect((await ask(app, 'Bearer good')).text).toBe('{"user":{"id":7}}');
    expect((await ask(app, 'Bearer bad')).status).toBe(401);
  });

  it('tells what a token is not good for', async () => {
    const granted: Record<string, unknown> = {
      words: { scope: 'posts:read  posts:write' },
      list: { scope: ['posts:read', 'posts:write', 'more'] },
      part: { scope: 'posts:read' },
      near: { scope: 'posts:read posts:writer' },
      odd: { scope: { 'posts:read': true } },
      none: true,
    };
    const app = appWith({ verify: (token) => granted[token], scope: ['posts:read', 'posts:write'] });
    expect((await ask(app, 'Bearer words')).status).toBe(200);
    expect((await ask(app, 'Bearer list')).status).toBe(200);
    for (const token of ['part', 'near', 'odd', 'none']) {
      const answer = await ask(app, `Bearer ${token}`);
      expect([token, answer.status]).toEqual([token, 403]);
      expect(answer.challenge).toMatch(/error="insufficient_scope", .*, scope="posts:read posts:write"$/);
    }
  });

  it('refuses options that would protect nothing', () => {
    const wrong = (options: unknown) => () => bearerAuth(options as BearerAuthOptions);
    expect(wrong({})).toThrow(/needs either a token or a function verify/);
    expect(wrong({ token: '' })).toThrow(/'token' is not a token/);
    expect(wrong({ token: [] })).toThrow(/'token' is not a token/);
    expect(wrong({ token: [undefined] })).toThrow(/'token' is not a token/);
    expect(wrong({ token: 'my secret' })).toThrow(/^(?!.*my secret)/);
    expect(wrong({ token: 'a', scope: 'b' })).toThrow(/'scope' has no effect with a fixed token/);
    expect(wrong({ verify: () => true, scope: 'a"b' })).toThrow(/'scope' contains an invalid scope/);
    expect(wrong({ verify: () => true, realm: 'a\nb' })).toThrow(/'realm'/);
    expect(wrong({ tokens: 'a' })).toThrow(/Did you mean 'token'/);
  });
});

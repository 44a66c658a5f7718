import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from 'bottlenose';
import { isolate } from 'bottlenose/testing';
import { SignJWT } from 'jose';
import { CurrentUser, Viewer } from './current-user.js';
import { Tokens } from './tokens.js';

const tokens = new Tokens('secret');

describe('tokens', () => {
  it('name the user that they were issued to', async () => {
    expect(await tokens.verify(await tokens.issue(7))).toBe(7);
  });

  it('are false if another has issued them, or nobody', async () => {
    expect(await tokens.verify(await new Tokens('another').issue(7))).toBeUndefined();
    expect(await tokens.verify('')).toBeUndefined();
  });

  it('are not issued without a secret', () => {
    expect(() => new Tokens('')).toThrow('set JWT_SECRET');
  });

  it('expire', async () => {
    const old = new SignJWT().setProtectedHeader({ alg: 'HS256' }).setSubject('7').setExpirationTime(1);
    expect(await tokens.verify(await old.sign(new TextEncoder().encode('secret')))).toBeUndefined();
  });
});

describe('@CurrentUser and @Viewer', () => {
  @Controller()
  class Who {
    @Get('/me')
    me(@CurrentUser() user: number) {
      return { user };
    }

    @Get('/anybody')
    anybody(@Viewer() viewer: number | null) {
      return { viewer };
    }
  }

  const who = isolate(Who, { tokens }, { headers: { Accept: 'application/json' } });
  const as = (authorization: string) => ({ headers: { Authorization: authorization } });

  it.each(['Token', 'token', 'Bearer'])('know the user by a %s', async (scheme) => {
    const given = as(`${scheme} ${await tokens.issue(7)}`);
    expect((await who.get('/me', given)).json).toEqual({ user: 7 });
    expect((await who.get('/anybody', given)).json).toEqual({ viewer: 7 });
  });

  it('differ where nobody says who they are', async () => {
    expect(await who.get('/me')).toMatchObject({ status: 401, json: { detail: 'token is missing' } });
    expect((await who.get('/anybody')).json).toEqual({ viewer: null });
    expect((await who.get('/me', as('Basic YTpi'))).status).toBe(401);
  });

  it('refuse who lies', async () => {
    expect(await who.get('/anybody', as('Token x'))).toMatchObject({ status: 401, json: { detail: 'token is invalid' } });
  });
});

import { describe, expect, it } from '@jest/globals';
import { Apply, Body, Bottle, Get, Inject, type Plugin, Query, Skip } from 'bottlenose';
import { bindMethod, guard, HTTPError } from 'bottlenose/kit';
import { IsEmail } from 'class-validator';

class Welcome {
  @IsEmail() to!: string;
}

const seen: string[] = [];
const noting = (name: string): Plugin => ({
  name,
  apply:
    (next, { method, rule }) =>
    (context) => {
      seen.push(`${name} ${method} ${rule}`);
      return next(context);
    },
});

class Mails {
  sent: string[] = [];
  @Get('/mails') list() {
    return this.sent;
  }
  @Apply(noting('applied'))
  @Get('/unused')
  welcome(@Body() mail: Welcome, @Inject('greeting') greeting: string, @Query('n') n = 0) {
    this.sent.push(mail.to);
    return { greeting: `${greeting} ${mail.to}`, n, isWelcome: mail instanceof Welcome };
  }
  @Skip('installed') @Get('/quiet') quiet() {
    return 'quiet';
  }
  @Get('/wrong') wrong(nobody: string) {
    return nobody;
  }
  plain() {}
}

const greeting: Plugin = {
  name: 'greeting',
  provides: { keyword: 'greeting' },
  apply(next, route) {
    if (!route.wants(greeting)) return next;
    return (context) => {
      context.provide('greeting', 'Hello');
      return next(context);
    };
  },
};

function app(): Bottle {
  const made = new Bottle();
  made.install(noting('installed'));
  made.install(greeting);
  return made;
}

describe('bindMethod', () => {
  it('binds and validates parameters, with plugins around the method', async () => {
    seen.length = 0;
    const bound = bindMethod(app(), Mails, 'welcome', { kind: 'JOB', name: 'mails.welcome' });
    expect(await bound.call({ body: { to: 'ada@example.com' }, query: { n: '3' } })).toEqual({
      greeting: 'Hello ada@example.com',
      n: 3,
      isWelcome: true,
    });
    expect(seen).toEqual(['installed JOB mails.welcome', 'applied JOB mails.welcome']);
    expect(bound.plugins.map(({ name }) => name)).toEqual(['installed', 'greeting', 'applied']);
    await expect(bound.call({ body: { to: 'nobody' } })).rejects.toMatchObject({ status: 422 });
  });

  it('calls the instance that is mounted, or the one that it is given', async () => {
    const made = app();
    const mails = new Mails();
    made.mount(mails);
    await bindMethod(made, Mails, 'welcome', { kind: 'JOB', name: 'a' }).call({ body: { to: 'a@example.com' } });
    expect(mails.sent).toEqual(['a@example.com']);
    const own = new Mails();
    await bindMethod(made, own, 'welcome', { kind: 'JOB', name: 'b' }).call({ body: { to: 'b@example.com' } });
    expect([mails.sent, own.sent]).toEqual([['a@example.com'], ['b@example.com']]);
  });

  it('leaves out what the method skips', async () => {
    const bound = bindMethod(app(), Mails, 'quiet', { kind: 'JOB', name: 'quiet' });
    seen.length = 0;
    expect(await bound.call()).toBe('quiet');
    expect(seen).toEqual([]);
  });

  it('has guards around it when it is told so', async () => {
    const made = app();
    made.install(
      guard('nobody', () => {
        throw new HTTPError(401);
      }),
    );
    expect(await bindMethod(made, Mails, 'quiet', { kind: 'JOB', name: 'quiet' }).call()).toBe('quiet');
    const tool = bindMethod(made, Mails, 'quiet', { kind: 'TOOL', name: 'quiet', around: true });
    await expect(tool.call()).rejects.toMatchObject({ status: 401 });
  });

  it('tells what is wrong with the wiring, and is wired again when plugins change', async () => {
    const made = app();
    const bound = bindMethod(made, Mails, 'wrong', { kind: 'JOB', name: 'wrong' });
    expect(bound.problems()).toMatchObject([{ code: 'BN_PARAMETER_UNPROVIDED', verb: 'JOB', rule: 'wrong' }]);
    await expect(bound.call()).rejects.toThrow("Nothing provides the parameter 'nobody'");
    made.install({
      provides: { keyword: 'nobody' },
      apply: (next) => (context) => {
        context.provide('nobody', 'somebody');
        return next(context);
      },
    });
    expect(bound.problems()).toEqual([]);
    expect(await bound.call()).toBe('somebody');
  });

  it('refuses a method without decorators', () => {
    expect(() => bindMethod(app(), Mails, 'plain', { kind: 'JOB', name: 'x' })).toThrow("Mails has no decorated method 'plain'");
  });
});

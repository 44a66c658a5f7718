import { describe, expect, it } from '@jest/globals';
import * as bottlenose from 'bottlenose';
import { Bottle } from 'bottlenose';
import { bindMethod, guard } from 'bottlenose/kit';
import { openapi } from 'bottlenose/openapi';
import * as plugins from 'bottlenose/plugins';
import { lambdaHandler, serverNames } from 'bottlenose/servers';
import { SQLitePlugin } from 'bottlenose/sqlite';
import { isolate, TestClient } from 'bottlenose/testing';

const { Body, Controller, Cookie, Error: OnError, Get, Hook, Query, Route, View, WebSocket } = bottlenose;
type Loose = Record<string, unknown>;
const wrong = (name: string): Loose => ({ [name]: true });

/** Mounts a class with one method, decorated by hand. */
function mountWith(...decorators: unknown[]): void {
  class Posts {
    show(value: unknown) {
      return value;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Posts.prototype, 'show');
  for (const decorate of [...decorators, Get('/posts')]) (decorate as Function)(Posts.prototype, 'show', descriptor);
  new Bottle().mount(Posts);
}
const withParameter = (mark: { source: object }): void => mountWith(Get('/a', { params: [mark as never] }));
const method = () => 'ok';

describe('an option that does not exist is a TypeError that names the nearest one', () => {
  it.each<[string, () => unknown, string, string]>([
    ['an app', () => new Bottle(wrong('trustproxy')), "new Bottle() has no option 'trustproxy'", 'trustProxy'],
    ['the limits of forms', () => new Bottle({ multipart: wrong('maxFile') }), "no option 'maxFile'", 'maxFiles'],
    ['a route', () => new Bottle().route('/', wrong('methods'), method), "app.route() has no option 'methods'", 'method'],
    ['a route of one verb', () => new Bottle().get('/', method, wrong('stict')), "app.get() has no option 'stict'", 'strict'],
    ['the socket of a route', () => new Bottle().any('/', { socket: wrong('orgins') }, method), "no option 'orgins'", 'origins'],
    ['a mount', () => new Bottle().mount('/', new Bottle(), wrong('skp')), "app.mount() has no option 'skp'", 'skip'],
    ['check', () => new Bottle().check(wrong('strct')), "app.check() has no option 'strct'", 'strict'],
    ['@Get', () => mountWith(Get('/', wrong('nmae'))), "Posts.show: @Get has no option 'nmae'", 'name'],
    ['@Route', () => mountWith(Route(wrong('methd'))), "Posts.show: @Route has no option 'methd'", 'method'],
    ['@WebSocket', () => mountWith(WebSocket('/', wrong('maxMesage'))), "@WebSocket has no option 'maxMesage'", 'maxMessage'],
    ['@Error', () => mountWith(OnError(404, wrong('param'))), "@Error has no option 'param'", 'params'],
    ['@Hook', () => mountWith(Hook('beforeRequest', wrong('parms'))), "@Hook has no option 'parms'", 'params'],
    ['@View', () => mountWith(View('a', {}, wrong('jsn'))), "@View has no option 'jsn'", 'json'],
    ['@Query', () => withParameter(Query('a', String, wrong('requierd'))), "show: @Query has no option 'requierd'", 'required'],
    ['@Body', () => withParameter(Body(wrong('nulable'))), "@Body has no option 'nulable'", 'nullable'],
    ['@Cookie', () => withParameter(Cookie('a', wrong('secrt'))), "@Cookie has no option 'secrt'", 'secret'],
    ['a guard', () => guard('a', method, wrong('identifys')), "guard('a') has no option 'identifys'", 'identifies'],
    ['staticFile', () => bottlenose.staticFile('a', { root: '.', ...wrong('dotfile') }), "no option 'dotfile'", 'dotfiles'],
    ['eventStream', () => bottlenose.eventStream([], wrong('hartbeat')), "no option 'hartbeat'", 'heartbeat'],
    ['SQLitePlugin', () => new SQLitePlugin({ file: ':memory:', ...wrong('autocomit') }), "no option 'autocomit'", 'autocommit'],
    ['openapi', () => openapi(new Bottle(), wrong('titel')), "no option 'titel'", 'title'],
    ['TestClient', () => new TestClient(new Bottle(), wrong('baseurl')), "no option 'baseurl'", 'baseUrl'],
    ['isolate', () => isolate(class {}, {}, wrong('aply')), "isolate() has no option 'aply'", 'apply'],
    ['lambdaHandler', () => lambdaHandler(new Bottle(), wrong('streming')), "no option 'streming'", 'streaming'],
    [
      'bindMethod',
      () => bindMethod(new Bottle(), posts(), 'show', { kind: 'A', name: 'a', ...wrong('arround') }),
      "no option 'arround'",
      'around',
    ],
    ['@Controller', () => new Bottle().mount(posts(wrong('confg'))), "Posts: @Controller has no option 'confg'", 'config'],
  ])('%s', (_what, run, message, near) => {
    expect(run).toThrow(TypeError);
    expect(run).toThrow(message);
    expect(run).toThrow(`Did you mean '${near}'?`);
  });

  it('a verb decorator has no option for the verb', () => {
    expect(() => mountWith(Get('/', { method: 'POST' } as never))).toThrow("@Get has no option 'method'");
    expect(() => new Bottle().get('/', { method: 'POST' }, method)).toThrow("app.get() has no option 'method'");
  });

  it('all of a class are told together, when it is mounted and not when it is imported', () => {
    const run = () => mountWith(Get('/a', wrong('nmae')), Hook('afterRequest', wrong('parms')));
    expect(run).toThrow(/'nmae'[\s\S]*'parms'|'parms'[\s\S]*'nmae'/);
  });

  it.each(Object.entries(plugins).filter(([name]) => /^[a-z]/.test(name) && name !== 'bodyLimit'))(
    'the plugin %s',
    (name, make) => {
      expect(() => (make as (options: object) => unknown)(wrong('nonsense'))).toThrow(TypeError);
      expect(() => (make as (options: object) => unknown)(wrong('nonsense'))).toThrow(`${name}() has no option 'nonsense'`);
    },
  );

  it('run, before it listens', async () => {
    const app = new Bottle();
    await expect(app.run({ prot: 1, port: 0, quiet: true })).rejects.toThrow("run() has no option 'prot'. Did you mean 'port'?");
    await expect(app.run({ workers: 2, port: 0, quiet: true })).rejects.toThrow("run() has no option 'workers'");
  });

  it.each(serverNames)('run on the server %s', async (server) => {
    await expect(new Bottle().run({ server, shutdownTimout: 1, quiet: true })).rejects.toThrow(
      "run() has no option 'shutdownTimout'. Did you mean 'shutdownTimeout'?",
    );
  });

  it('run passes all options to an adapter that does not name its own', async () => {
    let passed: object = {};
    const server = {
      listen: async (_app: unknown, options: object) => {
        passed = options;
        return { url: 'x:', close: async () => {} };
      },
    };
    await (await new Bottle().run({ server, depth: 3, quiet: true })).close();
    expect(passed).toEqual({ depth: 3 });
  });
});

function posts(options: Loose = {}): new () => object {
  class Posts {
    show() {
      return 'ok';
    }
  }
  Get('/a')(Posts.prototype, 'show', Object.getOwnPropertyDescriptor(Posts.prototype, 'show') as never);
  Controller('/', options)(Posts);
  return Posts;
}

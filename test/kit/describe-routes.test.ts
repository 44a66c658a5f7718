import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  Body,
  Bottle,
  Controller,
  Error as OnError,
  Get,
  Header,
  Hook,
  Post,
  Query,
  Returns,
  SetHeader,
  Status,
  Summary,
  WebSocketConnection,
  WiringError,
} from 'bottlenose';
import { describeRoutes, guard, type RouteDescription } from 'bottlenose/kit';

class Pet {
  name = '';
}

@Controller('/pets')
class Pets {
  @Hook('beforeRequest')
  note(@Header() userAgent: string) {}

  @Get('/<id:int>/<rest:path>')
  @Summary('Shows a pet')
  show(id: number, rest: string, @Query() page = 1, @Query('tag') tags: string[] = []) {
    return { id, rest, page, tags };
  }

  @Post()
  @Status(201)
  @SetHeader('X-Made', 'yes')
  @Returns(Pet)
  create(@Body(Pet) pet: Pet) {
    return pet;
  }

  @OnError(404)
  @Returns(Pet)
  missing() {}
}

const one = (descriptions: RouteDescription[], method: string): RouteDescription =>
  descriptions.find(({ route }) => route.method === method) as RouteDescription;

describe('describeRoutes', () => {
  const outer = guard('outer', () => undefined);
  const inner = guard('inner', () => undefined);
  const pets = new Bottle();
  pets.install(inner);
  pets.mount(Pets);
  const app = new Bottle().mount('/<tenant>/a b', pets).mount('/files', () => new Response(''));
  app.install(outer);
  app.get('/old', () => 'replaced');
  app.get('/old', () => 'here');
  app.route('/live', { method: 'WEBSOCKET' }, ({ socket }: { socket: WebSocketConnection }) => void socket);
  const all = describeRoutes(app);

  it('gives each route that requests can reach, with the whole rule', () => {
    const rules = all.map(({ route, parts }) => [
      route.method,
      parts.map((part) => (typeof part === 'string' ? part : `<${part.name ?? ''}>`)).join(''),
    ]);
    expect(rules).toEqual(
      expect.arrayContaining([
        ['GET', '/<tenant>/a%20b/pets/<id>/<rest>'],
        ['POST', '/<tenant>/a%20b/pets'],
        ['PROXY', '/files/<>'],
        ['GET', '/old'],
        ['WEBSOCKET', '/live'],
      ]),
    );
    expect(rules).toHaveLength(5);
  });

  it('describes wildcards: their filter, and the rule that contains them', () => {
    const wildcards = one(all, 'GET').parts.filter((part) => typeof part !== 'string');
    expect(wildcards).toEqual([
      expect.objectContaining({ name: 'tenant', filter: 'default', isOfMount: true, crossesSlashes: false }),
      expect.objectContaining({ name: 'id', filter: 'int', isOfMount: false, crossesSlashes: false }),
      expect.objectContaining({ name: 'rest', filter: 'path', isOfMount: false, crossesSlashes: true }),
    ]);
  });

  it('lists mounts and the plugins in effect, outermost first', () => {
    const { mounts, plugins } = one(all, 'GET');
    expect(mounts.map(({ method, rule }) => `${method} ${rule}`)).toEqual(['PROXY /<tenant>/a b/<:re:.*>']);
    expect(plugins).toEqual([outer, inner]);
  });

  it('tells what the method and the hooks around it take', () => {
    const { inputs, isValidated } = one(all, 'GET');
    expect(inputs.map(({ kind, name, isList, defaultValue }) => [kind, name, isList, defaultValue])).toEqual([
      ['param', 'id', false, undefined],
      ['param', 'rest', false, undefined],
      ['query', 'page', false, 1],
      ['query', 'tag', true, []],
      ['header', 'user-agent', false, undefined],
    ]);
    expect(isValidated).toBe(true);
    expect(one(all, 'POST').inputs[0]).toMatchObject({ kind: 'body', name: undefined, type: Pet, isDictionary: false });
  });

  it('tells what the method answers, what its controller answers to errors, and what is said in words', () => {
    const { result, errors, docs, controller } = one(all, 'POST');
    expect(result).toMatchObject({ status: 201, headers: [['X-Made', 'yes']], returns: { type: Pet, isList: false } });
    expect(errors).toEqual([{ what: [404], result: expect.objectContaining({ returns: { type: Pet, isList: false } }) }]);
    expect(docs).toEqual({ tags: ['Pets'] });
    expect(one(all, 'GET').docs).toEqual({ summary: 'Shows a pet', tags: ['Pets'] });
    expect(controller).toMatchObject({ name: 'Pets' });
  });

  it('describes nothing while the wiring is not whole', () => {
    class Broken {
      @Get('/') take(unknown: string) {}
    }
    expect(() => describeRoutes(new Bottle().mount(Broken))).toThrow(WiringError);
  });
});

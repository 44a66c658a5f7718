import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, Status } from '../../../src/controllers/decorators/controller-decorators.js';
import { describeController } from '../../../src/controllers/decorators/controller-description.js';

// After ours, and the full package, where ours is the light one.
await import('reflect-metadata');

describe('reflect-metadata', () => {
  it('imported by the user after the decorators keeps what they recorded, and theirs', () => {
    @Controller('/a')
    class Posts {
      @Get() @Reflect.metadata('mine', 1) show(id: number) {
        return id;
      }
    }
    expect(describeController(Posts)).toMatchObject({ prefix: '/a', methods: [{ parameters: [{ type: Number }] }] });
    expect(Reflect.getMetadata('mine', Posts.prototype, 'show')).toBe(1);
    expect(Reflect.getMetadataKeys(Posts.prototype, 'show')).toEqual(
      expect.arrayContaining(['mine', 'design:type', 'design:paramtypes']),
    );
  });
});

describe('standard decorators without context.metadata', () => {
  // What compilers before the metadata proposal emit, spelled out.
  const context = (kind: string, name: PropertyKey) =>
    ({ kind, name, static: false, private: false, addInitializer() {} }) as never;

  it('are remembered by the method and the class', () => {
    class Posts {
      show(id: number) {
        return id;
      }
      list() {}
      get latest() {
        return 1;
      }
    }
    const getter = Object.getOwnPropertyDescriptor(Posts.prototype, 'latest')?.get as never;
    Status(201)(Posts.prototype.show, context('method', 'show'));
    Get('/<id:int>')(Posts.prototype.show, context('method', 'show'));
    Post()(Posts.prototype.list, context('method', 'list'));
    Get()(getter, context('getter', 'latest'));
    Controller('/posts')(Posts, context('class', 'Posts'));
    const { prefix, methods, problems } = describeController(Posts);
    expect(prefix).toBe('/posts');
    expect(methods).toMatchObject([
      { name: 'Posts.show', routes: [{ rules: ['/<id:int>'] }], status: 201, parameters: [{ name: 'id' }] },
      { name: 'Posts.list', routes: [{ methods: ['POST'] }] },
    ]);
    expect(problems).toMatchObject([{ code: 'decorator-on-accessor', method: 'Posts.latest' }]);
  });

  it('on a field are lost quietly rather than stop the import', () => {
    expect(() => Get()(undefined as never, context('field', 'show'))).not.toThrow();
  });
});

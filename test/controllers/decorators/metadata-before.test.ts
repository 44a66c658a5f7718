import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import { Controller, Get } from '../../../src/controllers/decorators/controller-decorators.js';
import { describeController } from '../../../src/controllers/decorators/controller-description.js';

it('reflect-metadata imported by the user before the decorators holds what they record', () => {
  @Controller('/a')
  class Posts {
    @Get() @Reflect.metadata('mine', 1) show(id: number) {
      return id;
    }
  }
  expect(describeController(Posts)).toMatchObject({ prefix: '/a', methods: [{ parameters: [{ type: Number }] }] });
  expect(Reflect.getMetadata('mine', Posts.prototype, 'show')).toBe(1);
});

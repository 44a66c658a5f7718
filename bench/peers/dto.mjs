// The DTO of the validated POST, for the frameworks that use class-validator. Decorators are applied by hand: this is plain JavaScript.
import 'reflect-metadata';
import { ArrayMaxSize, IsArray, IsInt, IsString, Length, Max, Min } from 'class-validator';

export class NewPost {}

const rules = {
  title: [String, IsString(), Length(1, 80)],
  author: [String, IsString(), Length(1, 40)],
  rating: [Number, IsInt(), Min(1), Max(5)],
  tags: [Array, IsArray(), ArrayMaxSize(10), IsString({ each: true })],
};
for (const [name, [type, ...decorators]] of Object.entries(rules)) {
  Reflect.defineMetadata('design:type', type, NewPost.prototype, name);
  for (const decorate of decorators) decorate(NewPost.prototype, name);
}

/** Applies decorators to a method and its parameters as a compiler does. */
export function decorate(Class, method, decorators, parameters = [], types = []) {
  const descriptor = Object.getOwnPropertyDescriptor(Class.prototype, method);
  Reflect.defineMetadata('design:paramtypes', types, Class.prototype, method);
  for (const [i, parameter] of parameters.entries()) parameter(Class.prototype, method, i);
  for (const decorator of decorators) decorator(Class.prototype, method, descriptor);
}

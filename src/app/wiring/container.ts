/**
 * Creates instances of controller classes. The containers of tsyringe, inversify, typedi and similar packages fit as they are; awilix fits
 * as `{ get: (Class) => container.build(Class) }`.
 */
export interface Container {
  get?(Class: never): unknown;
  resolve?(Class: never): unknown;
}

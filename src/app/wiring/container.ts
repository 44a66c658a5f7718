/** Makes instances of controller classes: the containers of tsyringe, inversify, awilix, typedi and their like. */
export interface Container {
  get?(Class: never): unknown;
  resolve?(Class: never): unknown;
}

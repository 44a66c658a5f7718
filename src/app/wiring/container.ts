/** Creates instances of controller classes. Fits the containers of tsyringe, inversify, awilix, typedi and similar packages. */
export interface Container {
  get?(Class: never): unknown;
  resolve?(Class: never): unknown;
}

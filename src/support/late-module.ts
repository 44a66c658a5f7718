/**
 * A module of this package that is loaded on first use, because most programs or requests do not need it. Only the first caller
 * waits for it.
 *
 * @example
 * const answering = new LateModule(() => import('../http/files/static-response.js'));
 * answering.use(({ answerFile }) => answerFile(plan, extra, asked));
 */
export class LateModule<M> {
  readonly #load: () => Promise<M>;
  #module: M | undefined = undefined;

  constructor(load: () => Promise<M>) {
    this.#load = load;
  }

  /** Calls a function with the module: synchronously if it is loaded; else later, and returns a promise of the result. */
  use<R>(work: (module: M) => Promise<R>): Promise<R>;
  use<R>(work: (module: M) => R | Promise<R>): R | Promise<R>;
  use<R>(work: (module: M) => R | Promise<R>): R | Promise<R> {
    return this.#module === undefined ? this.#useLater(work) : work(this.#module);
  }

  /** The module, if it is loaded. For callers that run for each request: they need no closure then. */
  get loaded(): M | undefined {
    return this.#module;
  }

  #useLater<R>(work: (module: M) => R | Promise<R>): Promise<R> {
    return this.#load().then((module) => {
      this.#module = module;
      return work(module);
    });
  }
}

import { asForms, type Forms, FormsDict as Dictionary } from './forms-dict.js';

/** A dictionary of what a client sent, with attribute access: `query.page`. */
export type FormsDict<V = string> = Forms<V>;

/** The class of `request.query`, `request.forms` and so on, for `instanceof` and for creating dictionaries. */
export interface FormsDictClass {
  new (pairs?: Iterable<readonly [string, string]>): Forms;
  readonly prototype: Forms;
}

/**
 * A dictionary with attribute access: Bottle's `FormsDict`.
 *
 * @param pairs names and values.
 * @example
 * const query = new FormsDict([['tag', 'a'], ['tag', 'b']]);
 * query.tag; // 'b', the newest
 * query.getAll('tag'); // ['a', 'b']
 * query.page; // '', because it is absent
 */
export const FormsDict: FormsDictClass = new Proxy(Dictionary, {
  construct: (Class, args, newTarget) => asForms(Reflect.construct(Class, args, newTarget) as Dictionary),
}) as unknown as FormsDictClass;

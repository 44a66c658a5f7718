import { unknownOption } from '../../support/known-options.js';
import type { ClassMarks, ClassRecord, MethodMarks } from './class-record.js';
import { isContext, methodMarks, recordIn, recordOn } from './metadata.js';
import type { ParameterSource } from './route-options.js';

/** Any method or function. */
type Handler = (...args: never[]) => unknown;

/** A class decorator, legacy or standard. */
export type ClassMark = (target: Function, context?: { readonly kind: 'class' }) => void;

/** A method decorator, legacy or standard. On anything but a public instance method it is a type error. */
export interface MethodMark {
  (method: Handler, context: { readonly kind: 'method'; readonly static: false; readonly private: false }): void;
  <T extends object, F extends Handler>(
    prototype: T & (T extends Function ? never : unknown),
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): void;
}

type Place = 'class' | 'method' | 'accessor' | 'field' | 'static' | 'private' | 'parameter';

interface Located {
  record: ClassRecord;
  place: Place;
  key: PropertyKey;
  /** The method as this decorator receives it. */
  value?: unknown;
}

const REMEDIES: Partial<Record<Place, string>> = {
  accessor: 'stands on a getter or setter; make it a method',
  field: 'stands on a field; write it as a method, `name() { … }` instead of `name = () => …`',
  static: 'stands on a static member; controllers answer with instance methods, so remove `static`',
  private: 'stands on a #private method, which cannot be called from outside; remove the `#`',
};

/** Formats a member as it follows the name of its class: `.show`, `['a b']`, `[Symbol(x)]`. */
export function memberName(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  const name = String(key);
  return /^#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name) ? `.${name}` : `['${name}']`;
}

// Whether these are the arguments of an applied decorator, and not those of its factory.
function isApplication(args: ArrayLike<unknown>): boolean {
  const [target, key, third] = Array.from(args);
  if (isContext(key)) return true;
  if (args.length !== 3 || target === null || (typeof target !== 'object' && typeof target !== 'function')) return false;
  if (typeof key !== 'string' && typeof key !== 'symbol') return false;
  return (
    third === undefined || typeof third === 'number' || (typeof third === 'object' && third !== null && 'configurable' in third)
  );
}

function locate([target, second, third]: unknown[]): Located {
  if (isContext(second)) {
    const record = recordIn(second, target);
    if (second.kind === 'class') return { record, place: 'class', key: 'constructor' };
    let place: Place = second.kind === 'method' || second.kind === 'field' ? second.kind : 'accessor';
    if (second.static) place = 'static';
    if (second.private) place = 'private';
    return { record, place, key: second.name, value: target };
  }
  const record = recordOn(target as object);
  const key = second === undefined ? 'constructor' : typeof second === 'number' ? String(second) : (second as string | symbol);
  if (typeof third === 'number') return { record, place: 'parameter', key };
  if (second === undefined) return { record, place: 'class', key };
  // An inner decorator may have replaced the descriptor. The class itself still has the original member.
  const own = Object.getOwnPropertyDescriptor(target, key);
  let place: Place = typeof own?.value === 'function' ? 'method' : own?.get || own?.set ? 'accessor' : 'field';
  if (typeof target === 'function') place = 'static';
  return { record, place, key, value: own?.value };
}

function addFault({ record, key }: Located, code: string, text: string): void {
  const member = key === 'constructor' ? '' : memberName(key);
  if (record.faults.some((known) => known.member === member && known.text === text)) return;
  record.faults.push({ code, member, text });
}

/**
 * Detects and reports `@Get show() {}`, where the factory is called with the arguments of the decorator. The factory must then return
 * `undefined`, because the runtime replaces the method by any other result.
 */
export function reportMissingParentheses(name: string, args: ArrayLike<unknown>): boolean {
  const isClass = name === 'Controller' && args.length === 1 && typeof args[0] === 'function';
  if (!isClass && !isApplication(args)) return false;
  addFault(locate(Array.from(args)), 'missing-parentheses', `@${name} is written without parentheses; write @${name}()`);
  return true;
}

/** Records the source of a parameter, or reports a parameter decorator in a wrong place. */
export function markParameter(name: string, source: ParameterSource, args: unknown[]): void {
  const located = locate(args);
  const { place, key, record } = located;
  if (place !== 'parameter') {
    addFault(
      located,
      'misplaced-decorator',
      `@${name} stands on a ${place}; it belongs on a parameter, or in the route's { params: […] }`,
    );
  } else if (key === 'constructor') {
    const cure = 'it belongs on a parameter of a method; constructors are given their arguments by your code or the container';
    addFault(located, 'constructor-parameter', `@${name} stands on a parameter of the constructor; ${cure}`);
  } else if (typeof args[0] === 'function') {
    addFault(located, 'decorator-on-static', `@${name} ${REMEDIES.static}`);
  } else {
    const { sources } = methodMarks(record, key);
    const index = args[2] as number;
    // Added in front, because decorators run from the last to the first.
    sources.set(index, [source, ...(sources.get(index) ?? [])]);
  }
}

/**
 * Creates a method decorator. Decorators of other folders, such as `@Summary`, store their data in `marks.extras`.
 *
 * @param name - the name of the decorator, for messages
 * @param record - records the arguments of the decorator. Decorators run from the last to the first, so add new entries in front to
 *   preserve the order of the source
 *
 * @example
 * export const Summary = methodDecorator('Summary', (marks, text: string) => marks.extras.set('summary', text));
 */
export function methodDecorator<Args extends unknown[]>(
  name: string,
  record: (marks: MethodMarks, ...args: Args) => void,
): (...args: Args) => MethodMark {
  return factory(name, 'method', { onMethod: record }) as (...args: Args) => MethodMark;
}

/** Creates a class decorator: see `methodDecorator`. */
export function classDecorator<Args extends unknown[]>(
  name: string,
  record: (marks: ClassMarks, ...args: Args) => void,
): (...args: Args) => ClassMark {
  return factory(name, 'class', { onClass: record }) as (...args: Args) => ClassMark;
}

/** Creates a decorator for classes and methods: see `methodDecorator`. */
export function classOrMethodDecorator<Args extends unknown[]>(
  name: string,
  record: (marks: ClassMarks | MethodMarks, ...args: Args) => void,
): (...args: Args) => ClassMark & MethodMark {
  return factory(name, 'both', { onClass: record, onMethod: record }) as (...args: Args) => ClassMark & MethodMark;
}

interface Recorders<Args extends unknown[]> {
  onClass?(marks: ClassMarks, ...args: Args): void;
  onMethod?(marks: MethodMarks, ...args: Args): void;
}

function factory<Args extends unknown[]>(
  name: string,
  wanted: 'class' | 'method' | 'both',
  { onClass, onMethod }: Recorders<Args>,
) {
  return (...args: Args) => {
    if (reportMissingParentheses(name, args)) return undefined;
    return (...applied: unknown[]): void => {
      const located = locate(applied);
      if (located.place === 'class' && wanted !== 'method') onClass?.(located.record.marks, ...args);
      else if (located.place === 'method' && wanted !== 'class') onMethod?.(marksOf(located), ...args);
      else reportMisplaced(name, wanted, located);
    };
  };
}

function marksOf({ record, key, value }: Located): MethodMarks {
  const marks = methodMarks(record, key);
  marks.original ??= value as Function;
  return marks;
}

function reportMisplaced(name: string, wanted: 'class' | 'method' | 'both', located: Located): void {
  const { place } = located;
  if (wanted === 'class' || place === 'class' || place === 'parameter') {
    const stands = place === 'class' || place === 'parameter' ? place : 'member';
    const belongs = wanted === 'class' ? 'the class' : 'a method';
    addFault(located, 'misplaced-decorator', `@${name} stands on a ${stands}; it belongs on ${belongs}`);
  } else addFault(located, `decorator-on-${place}`, `@${name} ${REMEDIES[place]}`);
}

/**
 * Records the options of a decorator that do not exist. They are reported when the class is mounted, because an import should not fail.
 *
 * @param name the name of the decorator, for messages
 */
export function recordUnknownOptions(
  marks: ClassMarks | MethodMarks,
  name: string,
  options: object | undefined,
  known: readonly string[],
): void {
  for (const option of Object.keys(options ?? {})) {
    if (known.includes(option)) continue;
    marks.unknownOptions = [...(marks.unknownOptions ?? []), unknownOption(`@${name}`, option, known).message];
  }
}

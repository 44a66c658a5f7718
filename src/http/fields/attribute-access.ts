/** How a dictionary answers when its entries are read and written as attributes. */
export interface AttributeRules<T extends object> {
  read(target: T, name: string): unknown;
  has(target: T, name: string): boolean;
  /** The names that `Object.keys` and `{ ...spread }` see. */
  names(target: T): Iterable<string>;
  write?(target: T, name: string, value: unknown): void;
  remove?(target: T, name: string): void;
}

/**
 * A proxy handler that shows a dictionary's entries as attributes beside its methods. The dictionary's own members, and what
 * every object has (`toString`, `constructor`, …), win over entries of the same name; `__proto__` is an ordinary name. `in` sees
 * all entries and only these, `Object.keys` and spreading those that can be read as attributes.
 *
 * One handler serves all dictionaries of a kind, so that a proxy costs one small object.
 */
export function attributeHandler<T extends object>(rules: AttributeRules<T>): ProxyHandler<T> {
  return {
    get(target, name) {
      if (typeof name === 'symbol' || isMember(target, name)) {
        const member: unknown = Reflect.get(target, name, target);
        // Private fields live on the dictionary, not on the proxy: its methods must run on the former.
        return typeof member === 'function' && name !== 'constructor' ? member.bind(target) : member;
      }
      return rules.read(target, name);
    },
    has(target, name) {
      return typeof name === 'symbol' ? Reflect.has(target, name) : rules.has(target, name);
    },
    set(target, name, value) {
      if (typeof name === 'symbol' || isMember(target, name)) {
        throw new TypeError(`'${String(name)}' is a member of every ${target.constructor.name}: use set(name, value) instead.`);
      }
      if (!rules.write) throw readOnly(target, name);
      rules.write(target, name, value);
      return true;
    },
    deleteProperty(target, name) {
      if (typeof name === 'symbol') return true;
      if (!rules.remove) throw readOnly(target, name);
      rules.remove(target, name);
      return true;
    },
    defineProperty(target, name) {
      throw readOnly(target, String(name));
    },
    setPrototypeOf() {
      return false;
    },
    preventExtensions() {
      return false;
    },
    ownKeys(target) {
      // Not `__proto__` either: a copy by assignment (`Object.assign`) would change the copy's prototype.
      return [...new Set(rules.names(target))].filter((name) => !(name in target));
    },
    getOwnPropertyDescriptor(target, name) {
      if (typeof name === 'symbol' || name in target || !rules.has(target, name)) return undefined;
      return { value: rules.read(target, name), writable: true, enumerable: true, configurable: true };
    },
  };
}

function isMember(target: object, name: string): boolean {
  return name in target && name !== '__proto__';
}

function readOnly(target: object, name: string): TypeError {
  const quoted = JSON.stringify(name);
  return new TypeError(
    `${quoted} cannot be changed as an attribute of this ${target.constructor.name}:` +
      ` use set(${quoted}, value) or delete(${quoted}).`,
  );
}

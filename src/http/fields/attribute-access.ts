/** Functions that map attribute access to the entries of a dictionary. */
interface AttributeRules<T extends object> {
  read(target: T, name: string): unknown;
  has(target: T, name: string): boolean;
  /** The names for `Object.keys` and `{ ...spread }`. */
  names(target: T): Iterable<string>;
  write?(target: T, name: string, value: unknown): void;
  remove?(target: T, name: string): void;
}

/**
 * Creates a proxy handler that exposes the entries of a dictionary as attributes, in addition to its methods. Members of the dictionary
 * and of every object (`toString`, `constructor`, …) take precedence over entries of the same name; `__proto__` is an ordinary name.
 * `in` tests entries only. `Object.keys` and spreading list the entries that can be read as attributes.
 *
 * All dictionaries of a kind share one handler, so that a proxy needs little memory.
 */
export function attributeHandler<T extends object>(rules: AttributeRules<T>): ProxyHandler<T> {
  return {
    get(target, name) {
      if (typeof name === 'symbol' || isMember(target, name)) {
        const member: unknown = Reflect.get(target, name, target);
        // Methods must run on the dictionary, because the proxy does not have its private fields.
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
      // Without `__proto__`: `Object.assign` would change the prototype of the copy.
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

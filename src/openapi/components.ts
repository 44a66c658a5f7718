import type { JSONSchema } from './document-types.js';

/** What references say until everything has its name. Those that users write themselves are left alone. */
const DRAFT = 'bottlenose:schema:';
const PREFIX = '#/components/schemas/';

interface Entry {
  /** Until the document is complete, what the references say. */
  readonly id: string;
  readonly owner: unknown;
  readonly name: string;
  schema: JSONSchema;
}

/**
 * The schemas that a document refers to. A class may be described more than once, as it is read and as it is written, or for
 * several groups; what turns out the same is one schema in the end.
 */
export class Components {
  readonly #entries = new Map<string, Entry>();
  readonly #byOwner = new Map<unknown, Map<string, Entry>>();

  /**
   * A reference to the schema of something.
   *
   * @param owner What is described, such as a class.
   * @param name What to call it, if nothing else is called so.
   * @param variant Under which circumstances.
   * @param suffix What to add to the name of a variant that differs from others.
   */
  reference(owner: unknown, name: string, variant: string, suffix: string, describe: () => JSONSchema): JSONSchema {
    const variants = this.#byOwner.get(owner) ?? new Map<string, Entry>();
    this.#byOwner.set(owner, variants);
    let entry = variants.get(variant);
    if (entry === undefined) {
      const own = variants.size === 0 ? name : `${name}${suffix}`;
      entry = { id: `${this.#entries.size}`, owner, name: own.replace(/[^\w.-]+/g, '_') || 'Schema', schema: {} };
      variants.set(variant, entry);
      this.#entries.set(entry.id, entry);
      // After it is known: a class may refer to itself.
      entry.schema = describe();
    }
    return { $ref: `${DRAFT}${entry.id}` };
  }

  /** Gives every schema its name in a document that is complete otherwise. */
  finish<T extends object>(document: T): { document: T; schemas: Record<string, JSONSchema> } {
    const first = this.#merged();
    const names = new Map<string, string>();
    const taken = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (first.get(entry.id) !== entry.id) continue;
      let name = entry.name;
      for (let n = 2; taken.has(name); n++) name = `${entry.name}${n}`;
      taken.add(name);
      names.set(entry.id, name);
    }
    const rename = (id: string): string => names.get(first.get(id) as string) as string;
    const schemas: Record<string, JSONSchema> = {};
    for (const [id, name] of names) schemas[name] = renamed((this.#entries.get(id) as Entry).schema, rename);
    return { document: renamed(document, rename), schemas };
  }

  /**
   * Which entry stands for each. Those of one owner are taken for equal until they turn out to differ: as they may refer to each
   * other in circles, nothing else would find that they do not.
   */
  #merged(): Map<string, string> {
    const first = new Map<string, string>();
    for (const variants of this.#byOwner.values()) {
      const [head] = variants.values();
      for (const { id } of variants.values()) first.set(id, (head as Entry).id);
    }
    const textOf = ({ schema }: Entry): string => JSON.stringify(renamed(schema, (id) => first.get(id) as string));
    for (let isStable = false; !isStable; ) {
      isStable = true;
      const texts = new Map([...this.#entries.values()].map((entry) => [entry.id, textOf(entry)]));
      for (const entry of this.#entries.values()) {
        if (first.get(entry.id) === entry.id || texts.get(first.get(entry.id) as string) === texts.get(entry.id)) continue;
        const variants = [...(this.#byOwner.get(entry.owner) as Map<string, Entry>).values()];
        const twin = variants.find(({ id }) => id !== entry.id && first.get(id) === id && texts.get(id) === texts.get(entry.id));
        first.set(entry.id, twin?.id ?? entry.id);
        isStable = false;
      }
    }
    return first;
  }
}

/** A copy with other names in its references. */
function renamed<T>(value: T, rename: (id: string) => string): T {
  if (Array.isArray(value)) return value.map((one: unknown) => renamed(one, rename)) as T;
  if (typeof value !== 'object' || value === null) return value;
  // What came from a user's default or enumeration is data.
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const isReference = key === '$ref' && typeof member === 'string' && member.startsWith(DRAFT);
    copy[key] = isReference ? `${PREFIX}${rename(member.slice(DRAFT.length))}` : renamed(member, rename);
  }
  return copy as T;
}

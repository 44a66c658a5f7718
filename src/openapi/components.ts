import type { JSONSchema } from './document-types.js';

/** The prefix of references until all schemas have names. It distinguishes them from references that users write. */
const DRAFT_PREFIX = 'bottlenose:schema:';
const PREFIX = '#/components/schemas/';

interface Entry {
  /** The target of the references until the document is complete. */
  readonly id: string;
  readonly owner: unknown;
  readonly name: string;
  schema: JSONSchema;
}

/**
 * Collects the schemas of a document. A class may have several variants, as input and as output, or for several groups. Variants with
 * equal schemas are merged at the end.
 */
export class Components {
  readonly #entries = new Map<string, Entry>();
  readonly #byOwner = new Map<unknown, Map<string, Entry>>();

  /**
   * Returns a reference to a schema, and creates the schema on first use.
   *
   * @param owner the object that the schema describes, such as a class.
   * @param name the preferred name.
   * @param variant identifies the schema among those of the owner.
   * @param suffix the suffix for the name of a second variant.
   * @param describe creates the schema.
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
      // The entry is registered first, because a class may refer to itself.
      entry.schema = describe();
    }
    return { $ref: `${DRAFT_PREFIX}${entry.id}` };
  }

  /** Assigns the final names, and replaces the references in a document. */
  finish<T extends object>(document: T): { document: T; schemas: Record<string, JSONSchema> } {
    const merged = this.#mergeVariants();
    const names = new Map<string, string>();
    const taken = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (merged.get(entry.id) !== entry.id) continue;
      let name = entry.name;
      for (let n = 2; taken.has(name); n++) name = `${entry.name}${n}`;
      taken.add(name);
      names.set(entry.id, name);
    }
    const rename = (id: string): string => names.get(merged.get(id) as string) as string;
    const schemas: Record<string, JSONSchema> = {};
    for (const [id, name] of names) schemas[name] = renameReferences((this.#entries.get(id) as Entry).schema, rename);
    return { document: renameReferences(document, rename), schemas };
  }

  /**
   * Maps each entry to the entry that represents it. All variants of an owner are assumed equal until they prove different. With circular
   * references, the opposite assumption would never find equal variants.
   */
  #mergeVariants(): Map<string, string> {
    const representative = new Map<string, string>();
    for (const variants of this.#byOwner.values()) {
      const [head] = variants.values();
      for (const { id } of variants.values()) representative.set(id, (head as Entry).id);
    }
    const textOf = ({ schema }: Entry): string =>
      JSON.stringify(renameReferences(schema, (id) => representative.get(id) as string));
    for (let isStable = false; !isStable; ) {
      isStable = true;
      const texts = new Map([...this.#entries.values()].map((entry) => [entry.id, textOf(entry)]));
      for (const entry of this.#entries.values()) {
        const current = representative.get(entry.id) as string;
        if (current === entry.id || texts.get(current) === texts.get(entry.id)) continue;
        const variants = [...(this.#byOwner.get(entry.owner) as Map<string, Entry>).values()];
        const equal = variants.find(
          ({ id }) => id !== entry.id && representative.get(id) === id && texts.get(id) === texts.get(entry.id),
        );
        representative.set(entry.id, equal?.id ?? entry.id);
        isStable = false;
      }
    }
    return representative;
  }
}

/** Returns a copy with renamed references. */
function renameReferences<T>(value: T, rename: (id: string) => string): T {
  if (Array.isArray(value)) return value.map((one: unknown) => renameReferences(one, rename)) as T;
  if (typeof value !== 'object' || value === null) return value;
  // Class instances come from a user's default or enumeration. They are data, not schemas.
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const isReference = key === '$ref' && typeof member === 'string' && member.startsWith(DRAFT_PREFIX);
    copy[key] = isReference ? `${PREFIX}${rename(member.slice(DRAFT_PREFIX.length))}` : renameReferences(member, rename);
  }
  return copy as T;
}

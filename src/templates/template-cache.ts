/** Source texts are remembered up to this many, so that texts made at run time cannot fill the memory. */
const MOST_SOURCES = 1000;

type Groups = Map<string, Map<string, object>>;

let debug = false;

/**
 * The compiled templates that `template()`, `include()` and `rebase()` share, and what other engines keep. Bottle's `TEMPLATES`.
 *
 * @example TEMPLATES.clear()   // files that changed are read again
 */
export class TemplateCache {
  readonly #shared: Groups = new Map();
  /** Templates with globals or an escape function of their own live as long as those. */
  #owned = new WeakMap<object, Groups>();
  readonly #sources = new Map<string, Map<string, object>>();

  /** How many templates are remembered, those with globals or an escape function of their own not counted. */
  get size(): number {
    let size = 0;
    for (const group of this.#shared.values()) size += group.size;
    return size;
  }

  /** Forgets all templates. */
  clear(): void {
    this.#shared.clear();
    this.#owned = new WeakMap();
    this.#sources.clear();
  }

  /**
   * The template of this name or source, made when it is asked for first.
   *
   * @param group separates templates with different settings, and those of different engines.
   * @param owner the globals or the escape function that the template has to itself.
   */
  take<T extends object>(group: string, id: string, isSource: boolean, make: () => T, owner?: object): T {
    if (debug) return make();
    const groups = owner ? this.#groupsOf(owner) : this.#shared;
    const known = groups.get(group)?.get(id);
    // A group holds one kind of template.
    if (known) return known as T;
    const made = make();
    let templates = groups.get(group);
    if (!templates) {
      templates = new Map();
      groups.set(group, templates);
    }
    templates.set(id, made);
    if (isSource && !owner) this.#remember(id, templates);
    return made;
  }

  #groupsOf(owner: object): Groups {
    let groups = this.#owned.get(owner);
    if (!groups) {
      groups = new Map();
      this.#owned.set(owner, groups);
    }
    return groups;
  }

  #remember(source: string, templates: Map<string, object>): void {
    const before = this.#sources.get(source);
    if (before && before !== templates) before.delete(source);
    this.#sources.delete(source);
    this.#sources.set(source, templates);
    if (this.#sources.size <= MOST_SOURCES) return;
    for (const [oldest, of] of this.#sources) {
      this.#sources.delete(oldest);
      of.delete(oldest);
      break;
    }
  }
}

/** The cache of all templates. */
export const TEMPLATES = new TemplateCache();

/**
 * The folders in which templates are looked for, in this order, relative to the working directory. Change it in place.
 *
 * @example TEMPLATE_PATH.unshift('./admin/views/')
 */
export const TEMPLATE_PATH: string[] = ['./views/'];

/**
 * Turns the templates' debug mode on or off. While it is on nothing is cached, so a changed file is seen at once.
 *
 * @example setTemplateDebug(true)
 */
export function setTemplateDebug(on: boolean): void {
  debug = on;
  TEMPLATES.clear();
}

/** The most cached source texts, so that texts that are generated at run time do not fill the memory. */
const MAX_SOURCES = 1000;

type Groups = Map<string, Map<string, object>>;

let debug = false;

/**
 * The cache of compiled templates that `template()`, `include()` and `rebase()` share, and of other engines. Bottle's
 * `TEMPLATES`.
 *
 * @example TEMPLATES.clear()   // changed files are read again
 * @see https://bottlepy.org/docs/stable/stpl.html
 */
export class TemplateCache {
  readonly #shared: Groups = new Map();
  /** Templates with their own globals or escape function are cached as long as these exist. */
  #owned = new WeakMap<object, Groups>();
  readonly #sources = new Map<string, Map<string, object>>();

  /** The number of cached templates, without those that have their own globals or escape function. */
  get size(): number {
    let size = 0;
    for (const group of this.#shared.values()) size += group.size;
    return size;
  }

  /** Removes all templates. */
  clear(): void {
    this.#shared.clear();
    this.#owned = new WeakMap();
    this.#sources.clear();
  }

  /**
   * Returns the template of a name or source. It is created on first use.
   *
   * @param group separates templates with different settings and of different engines.
   * @param owner the template's own globals or escape function.
   */
  getOrCreate<T extends object>(group: string, id: string, isSource: boolean, make: () => T, owner?: object): T {
    if (debug) return make();
    const groups = owner ? this.#groupsOf(owner) : this.#shared;
    const known = groups.get(group)?.get(id);
    // A group contains one kind of template.
    if (known) return known as T;
    const created = make();
    let templates = groups.get(group);
    if (!templates) {
      templates = new Map();
      groups.set(group, templates);
    }
    templates.set(id, created);
    if (isSource && !owner) this.#limitSources(id, templates);
    return created;
  }

  #groupsOf(owner: object): Groups {
    let groups = this.#owned.get(owner);
    if (!groups) {
      groups = new Map();
      this.#owned.set(owner, groups);
    }
    return groups;
  }

  #limitSources(source: string, templates: Map<string, object>): void {
    const previous = this.#sources.get(source);
    if (previous && previous !== templates) previous.delete(source);
    this.#sources.delete(source);
    this.#sources.set(source, templates);
    if (this.#sources.size <= MAX_SOURCES) return;
    for (const [oldest, templatesOfSource] of this.#sources) {
      this.#sources.delete(oldest);
      templatesOfSource.delete(oldest);
      break;
    }
  }
}

/** The cache of all templates. */
export const TEMPLATES = new TemplateCache();

/**
 * The folders of templates, in search order, relative to the working directory. Change the array in place.
 *
 * @example TEMPLATE_PATH.unshift('./admin/views/')
 * @see https://bottlepy.org/docs/stable/stpl.html
 */
export const TEMPLATE_PATH: string[] = ['./views/'];

/**
 * Turns the debug mode of templates on or off. In debug mode nothing is cached, so changed files take effect immediately.
 *
 * @example setTemplateDebug(true)
 */
export function setTemplateDebug(on: boolean): void {
  debug = on;
  TEMPLATES.clear();
}

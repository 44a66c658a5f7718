const registry = new FinalizationRegistry<() => void>((remove) => remove());

/** A set of objects that is iterable (unlike `WeakSet`) and refers to them weakly (unlike `Set`). */
export class IterableWeakSet<T extends object> implements Iterable<T> {
  readonly #references = new Set<WeakRef<T>>();

  /** The caller must not add an object twice. */
  add(object: T): void {
    const reference = new WeakRef(object);
    this.#references.add(reference);
    registry.register(object, removerOf(this.#references, reference));
  }

  delete(object: T): void {
    for (const reference of this.#references) if (reference.deref() === object) this.#references.delete(reference);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const reference of this.#references) {
      const object = reference.deref();
      if (object) yield object;
    }
  }
}

/** A separate function, because a closure in `add` would refer to the object and keep it alive. */
function removerOf<T extends object>(references: Set<WeakRef<T>>, reference: WeakRef<T>): () => void {
  return () => references.delete(reference);
}

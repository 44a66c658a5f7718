const gone = new FinalizationRegistry<() => void>((forget) => forget());

/** A set of objects that can be walked through (unlike a `WeakSet`) and does not keep them alive (unlike a `Set`). */
export class IterableWeakSet<T extends object> implements Iterable<T> {
  readonly #references = new Set<WeakRef<T>>();

  /** The caller sees to it that the object is not in the set yet. */
  add(object: T): void {
    const reference = new WeakRef(object);
    this.#references.add(reference);
    gone.register(object, forgetting(this.#references, reference));
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

/** Made here, where the object is out of reach: a function that could see it would keep it alive. */
function forgetting<T extends object>(references: Set<WeakRef<T>>, reference: WeakRef<T>): () => void {
  return () => references.delete(reference);
}

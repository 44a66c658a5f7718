import { loadPeer } from '../../support/load-peer.js';
import { addValidationMetadata, CONDITIONAL, metadataByProperty } from '../compiler/validator-metadata.js';
import { emittedType } from '../properties.js';
import { decoratedProperties, transformerStorage } from '../transformer-storage.js';

/** Whether a property has decorators of `class-validator` or `class-transformer`. */
export function hasMetadata(Class: Function, name: string | symbol): boolean {
  if (typeof name === 'symbol') return false;
  return Object.hasOwn(metadataByProperty(Class, { always: true }), name) || decoratedProperties(Class).includes(name);
}

/** Copies what decorators and the compiler have recorded for a class itself, without the classes that it extends. */
export function copyOwnMetadata(Source: Function, Target: Function, keeps: (name: string) => boolean): void {
  const names = new Set(Object.keys(metadataByProperty(Source, { always: true })));
  copyValidators(Source, Target, keeps);
  for (const name of copyTransformers(Source, Target, keeps)) names.add(name);
  for (const name of [...names].filter(keeps)) {
    const type: unknown = Reflect.getOwnMetadata?.('design:type', Source.prototype as object, name);
    if (type !== undefined) Reflect.defineMetadata('design:type', type, Target.prototype as object, name);
  }
}

function copyValidators(Source: Function, Target: Function, keeps: (name: string) => boolean): void {
  for (const metadata of Object.values(metadataByProperty(Source, { always: true })).flat()) {
    if (metadata.target !== Source || !keeps(metadata.propertyName)) continue;
    const prototype = Object.getPrototypeOf(metadata) as object;
    addValidationMetadata(Object.assign(Object.create(prototype) as typeof metadata, metadata, { target: Target }));
  }
}

/** Copies the decorators of `class-transformer`, also those of the class as a whole. Returns the names of their properties. */
function copyTransformers(Source: Function, Target: Function, keeps: (name: string) => boolean): string[] {
  const storage = transformerStorage();
  if (storage === undefined) return [];
  const own = <M extends { readonly propertyName: string | undefined }>(all: ReadonlyMap<Function, ReadonlyMap<unknown, M>>) =>
    [...(all.get(Source)?.values() ?? [])]
      .filter(({ propertyName }) => propertyName === undefined || keeps(propertyName))
      .map((metadata) => ({ ...metadata, target: Target }));
  const types = own(storage._typeMetadatas);
  const exposed = own(storage._exposeMetadatas);
  const excluded = own(storage._excludeMetadatas);
  const transforms = [...(storage._transformMetadatas.get(Source)?.values() ?? [])]
    .flat()
    .filter(({ propertyName }) => propertyName !== undefined && keeps(propertyName))
    .map((metadata) => ({ ...metadata, target: Target }));
  for (const metadata of types) storage.addTypeMetadata(metadata);
  for (const metadata of exposed) storage.addExposeMetadata(metadata);
  for (const metadata of excluded) storage.addExcludeMetadata(metadata);
  for (const metadata of transforms) storage.addTransformMetadata(metadata);
  return [...types, ...exposed, ...excluded, ...transforms].flatMap(({ propertyName }) => propertyName ?? []);
}

/** Makes all validated properties of a class optional, as `@IsOptional()` does, whatever groups are requested. */
export function makeOptional(Class: Function): void {
  const all = Object.entries(metadataByProperty(Class, { always: true }));
  if (all.length === 0) return;
  const { IsOptional } = loadPeer<typeof import('class-validator')>('class-validator') as typeof import('class-validator');
  for (const [name, metadatas] of all) {
    // A condition of a class hides those of the classes that it extends, so this one is added beside the existing ones.
    const owners = metadatas.filter(({ type }) => type === CONDITIONAL).map(({ target }) => target as Function);
    for (const owner of new Set(owners.length > 0 ? owners : [Class]))
      IsOptional({ always: true })(owner.prototype as object, name);
  }
}

/**
 * Declares the types of properties that only default values declare, for a class without default values.
 *
 * @param defaults an instance with the default values
 */
export function declareTypes(Class: Function, defaults: Readonly<Record<string, unknown>>): void {
  const validators = metadataByProperty(Class, { always: true });
  for (const name of new Set([...Object.keys(validators), ...decoratedProperties(Class)])) {
    const value = defaults[name] ?? {};
    // `Object` stands for an unknown type, as in the types that the compiler emits.
    const type = emittedType(Class, name) ?? value.constructor ?? Object;
    for (const owner of new Set([Class, ...(validators[name] ?? []).map(({ target }) => target as Function)])) {
      Reflect.defineMetadata?.('design:type', type, owner.prototype as object, name);
    }
  }
}

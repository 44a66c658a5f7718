import { hasValidators } from '../../validation/compiler/index.js';
import type { ParameterSource } from '../decorators/route-options.js';
import { sourceLabel } from '../decorators/parameter-decorators.js';
import type { BoundParameter } from './binding-scope.js';
import { named } from './provider-source.js';

const warned = new Set<string>();

/**
 * Warns once per parameter of whole objects that go to a method as the client sent them, because the compiler emitted no types: a
 * class declared there (`@Body() post: NewPost`) would have been validated elsewhere. That is no mistake in itself, as the
 * parameter may have been declared as `unknown` or as an interface, and nothing to speak of where no class has validators.
 *
 * @param method - where they stand, for the message: `Posts.create`
 */
export function warnOfUnknownClass(bound: readonly BoundParameter[], method: string): void {
  for (const { parameter, isUnchecked } of bound) {
    if (!isUnchecked || !hasValidators()) continue;
    const decorator = sourceLabel(parameter.source as ParameterSource);
    const place = `${method}: ${named(parameter)}`;
    if (warned.has(place)) continue;
    warned.add(place);
    process.emitWarning(
      `${place} takes what ${decorator}() holds as it was sent, without validation: no class is known for it, as this code was ` +
        `compiled without emitDecoratorMetadata. Write ${decorator}(TheClass) to have it validated, or ${decorator}(Object) if anything will do.`,
      { code: 'BN_UNCHECKED' },
    );
  }
}

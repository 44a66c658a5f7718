import { hasValidators } from '../../validation/compiler/index.js';
import type { ParameterSource } from '../decorators/route-options.js';
import { sourceLabel } from '../decorators/parameter-decorators.js';
import type { BoundParameter } from './binding-scope.js';
import { parameterLabel } from './provider-source.js';

const warned = new Set<string>();

/**
 * Warns once about each whole object that is not validated because the compiler emitted no types: the parameter may be declared with a
 * class (`@Body() post: NewPost`). This is a warning and not an error, because it may also be declared as `unknown` or as an interface.
 * Nothing is reported if no class has validators.
 *
 * @param method - the method of the parameters, for the message: `Posts.create`
 */
export function warnOfUnknownClass(bound: readonly BoundParameter[], method: string): void {
  for (const { parameter, isUnchecked } of bound) {
    if (!isUnchecked || !hasValidators()) continue;
    const decorator = sourceLabel(parameter.source as ParameterSource);
    const place = `${method}: ${parameterLabel(parameter)}`;
    if (warned.has(place)) continue;
    warned.add(place);
    process.emitWarning(
      `${place} takes what ${decorator}() holds as it was sent, without validation: no class is known for it, as this code was ` +
        `compiled without emitDecoratorMetadata. Write ${decorator}(TheClass) to have it validated, or ${decorator}(Object) if anything will do.`,
      { code: 'BN_UNCHECKED' },
    );
  }
}

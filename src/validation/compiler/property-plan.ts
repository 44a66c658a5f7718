import { typeOf } from './validation-error.js';
import {
  CONDITIONAL,
  constraintsOf,
  CUSTOM,
  IS_DEFINED,
  NESTED,
  PROMISE,
  type ValidationMetadata,
  WHITELIST,
} from './validator-metadata.js';

/** The decorators of a property, in the steps in which class-validator executes them. */
export interface PropertyPlan {
  readonly name: string;
  /** Whether a promise is awaited before its value is checked. */
  readonly isPromise: boolean;
  /** All of them are evaluated, even after one that does not hold, because they may have side effects. */
  readonly conditions: readonly ValidationMetadata[];
  readonly defined: readonly ValidationMetadata[];
  readonly custom: readonly ValidationMetadata[];
  readonly nested: readonly ValidationMetadata[];
  /** All decorators except `defined`: those whose contexts are added after the checks. */
  readonly rest: readonly ValidationMetadata[];
}

export function propertyPlan(name: string, metadatas: readonly ValidationMetadata[]): PropertyPlan {
  const rest = metadatas.filter(({ type }) => type !== IS_DEFINED && type !== WHITELIST);
  return {
    name,
    isPromise: metadatas.some(({ type }) => type === PROMISE),
    conditions: rest.filter(({ type }) => type === CONDITIONAL),
    defined: metadatas.filter(({ type }) => type === IS_DEFINED),
    custom: rest.filter(({ type }) => type === CUSTOM),
    nested: rest.filter(({ type }) => type === NESTED),
    rest,
  };
}

/** The constraint under which the context of a decorator is added. */
export function contextType(metadata: ValidationMetadata): string {
  return typeOf(metadata, metadata.type === CUSTOM ? constraintsOf(metadata)[0] : undefined);
}

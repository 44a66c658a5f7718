import { Matches, ValidateIf } from 'class-validator';

/** A text with something in it. What is missing is as blank as what is empty. */
export function Filled(): PropertyDecorator {
  return Matches(/\S/, { message: "can't be blank" });
}

/** Looks at a value only where there is one. Unlike `@IsOptional`, it does not take `null` for nothing. */
export function IfGiven(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

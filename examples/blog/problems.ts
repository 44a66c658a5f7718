import type { HTTPError } from 'bottlenose';

/** What is wrong with the fields of a form, by their names, for the template to show beside them. */
export function fieldErrors(error: HTTPError): Record<string, string> {
  const { errors = [] } = error.toProblem() as { errors?: { path: string; message: string }[] };
  // The first of a field's mistakes is enough.
  return Object.fromEntries(errors.reverse().map(({ path, message }) => [path.slice(1), message]));
}

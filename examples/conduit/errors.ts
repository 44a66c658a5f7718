import { HTTPError } from 'bottlenose';

/** A mistake as failed validation reports it: where (a JSON pointer), and what is wrong there. */
interface Mistake {
  path: string;
  message: string;
}

/**
 * Refuses a request, naming what is wrong with it: `refuse(404, 'article', 'not found')`.
 *
 * @param headers of the answer, besides.
 */
export function refuse(status: number, field: string, message: string, headers: Record<string, string> = {}): never {
  throw new HTTPError(status, `${field} ${message}`, { problem: { errors: [{ path: `/${field}`, message }] }, headers });
}

/** Every error in the shape that clients of Conduit expect: `{ errors: { title: ["can't be blank"] } }`. */
export function toErrors(error: HTTPError): { errors: Record<string, string[]> } {
  const { errors: mistakes = [{ path: '/body', message: error.message }] } = error.toProblem() as { errors?: Mistake[] };
  const errors: Record<string, string[]> = {};
  for (const { path, message } of mistakes) {
    const field = fieldOf(path);
    // Of ten wrong tags, one complaint is enough.
    errors[field] = [...new Set([...(errors[field] ?? []), message])];
  }
  return { errors };
}

/** The last name in a path, without the places in lists: `tagList` of `/article/tagList/0`. */
function fieldOf(path: string): string {
  return path.split('/').findLast((part) => /\D/.test(part)) ?? 'body';
}

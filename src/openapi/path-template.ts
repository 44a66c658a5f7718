import type { JSONSchema } from './document-types.js';
import type { RouteDescription, WildcardDescription } from '../kit/index.js';

/** An OpenAPI path template. */
export interface PathTemplate {
  /** `/posts/{id}` */
  readonly path: string;
  /** The template without names (`/posts/{}`). OpenAPI treats templates that differ only in names as identical (§4.8.8). */
  readonly hierarchy: string;
  /** The wildcards in order, with their names in the template. */
  readonly wildcards: readonly NamedWildcard[];
}

export interface NamedWildcard {
  readonly name: string;
  readonly wildcard: WildcardDescription;
}

/** Converts a rule, with the prefixes of its mounts, to a path template. Anonymous wildcards are named `anon0`, `anon1`, … */
export function pathTemplate(parts: RouteDescription['parts']): PathTemplate {
  const names = new Set<string>();
  const wildcards: NamedWildcard[] = [];
  const own = new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : (part.name ?? []))));
  let anonymous = 0;
  let path = '';
  let hierarchy = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      // Braces of the rule are percent-encoded here, so they cannot start a template expression.
      path += part;
      hierarchy += part;
      continue;
    }
    let name = part.name;
    while (name === undefined || (part.name === undefined && own.has(name))) name = `anon${anonymous++}`;
    // A mount and a rule of the mounted app may both contain `<id>`.
    for (let n = 2; names.has(name); n++) name = `${part.name ?? name}${n}`;
    names.add(name);
    wildcards.push({ name, wildcard: part });
    path += `{${name}}`;
    hierarchy += '{}';
  }
  return { path, hierarchy, wildcards };
}

/** Patterns that any text matches. */
const UNRESTRICTED = new Set(['[^/]+', '.+?', '.+', '.*']);

/** The schema of the values of a wildcard. */
export function wildcardSchema({ filter, type, pattern }: WildcardDescription): JSONSchema {
  if (filter === 'int') return { type: 'integer' };
  if (filter === 'float' || type === 'number') return { type: 'number' };
  // The value is a string in the URL, even if the filter converts it.
  return { type: 'string', ...(!UNRESTRICTED.has(pattern) && { pattern: `^(?:${pattern})$` }) };
}

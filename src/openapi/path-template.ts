import type { JSONSchema } from './document-types.js';
import type { RouteDescription, WildcardDescription } from '../kit/index.js';

/** A rule as OpenAPI writes it. */
export interface PathTemplate {
  /** `/posts/{id}` */
  readonly path: string;
  /** The same for templates that OpenAPI takes for one: whatever their wildcards are called. */
  readonly hierarchy: string;
  /** The wildcards in their order, under the names that they have in the template. */
  readonly wildcards: readonly NamedWildcard[];
}

export interface NamedWildcard {
  readonly name: string;
  readonly wildcard: WildcardDescription;
}

/** Writes a rule (and the prefixes of the mounts around it) as a path template. Anonymous wildcards are `anon0`, `anon1`, … */
export function pathTemplate(parts: RouteDescription['parts']): PathTemplate {
  const names = new Set<string>();
  const wildcards: NamedWildcard[] = [];
  const own = new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : (part.name ?? []))));
  let anonymous = 0;
  let path = '';
  let hierarchy = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      // A brace of the rule is percent-encoded here, so it begins no template.
      path += part;
      hierarchy += part;
      continue;
    }
    let name = part.name;
    while (name === undefined || (part.name === undefined && own.has(name))) name = `anon${anonymous++}`;
    // A mount and a rule of the mounted app may both say `<id>`.
    for (let n = 2; names.has(name); n++) name = `${part.name ?? name}${n}`;
    names.add(name);
    wildcards.push({ name, wildcard: part });
    path += `{${name}}`;
    hierarchy += '{}';
  }
  return { path, hierarchy, wildcards };
}

/** The pattern that any text matches. */
const ANYTHING = new Set(['[^/]+', '.+?', '.+', '.*']);

/** What a wildcard takes. */
export function wildcardSchema({ filter, type, pattern }: WildcardDescription): JSONSchema {
  if (filter === 'int') return { type: 'integer' };
  if (filter === 'float' || type === 'number') return { type: 'number' };
  // On the wire it is a text, whatever the filter makes of it.
  return { type: 'string', ...(!ANYTHING.has(pattern) && { pattern: `^(?:${pattern})$` }) };
}

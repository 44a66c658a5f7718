import { RouteBuildError, RouteSyntaxError } from './route-error.js';
import type { FilterTable } from './filter-table.js';
import { encodeLiteral, encodeValue, isPlain } from './path.js';
import { conversionsOf, type Conversion } from './wildcard-values.js';
import type { CompiledWildcard, Part } from './wildcard.js';

// Bottle's syntax: backslashes, then a wildcard in the old spelling (a colon alone is one too) or in the new.
const WILDCARD =
  /(?<slashes>\\*)(?:(?<old>:)(?<oldName>[a-zA-Z_]\w*)?(?:#(?<oldConfig>.*?)#)?|<(?<name>[a-zA-Z_]\w*)?(?::(?<filter>[a-zA-Z_]*)(?::(?<config>(?:\\.|[^\\>])+)?)?)?>)/g;

/** A parsed rule: what it matches, and how to build a URL from it. */
export class Rule {
  /** The rule as written. */
  readonly text: string;
  readonly wildcards: readonly CompiledWildcard[];
  readonly isStatic: boolean;
  /** Literal texts and wildcards in their order; no two literals are neighbours. */
  readonly parts: readonly Part[];
  /** Whether percent-decoding cannot change anything in its literal texts. */
  readonly isPlain: boolean;
  /** Equal for rules which match the same paths in the same way, whatever their wildcards are called. */
  readonly shape: string;
  /** How the wildcards' texts become values. */
  readonly conversions: readonly Conversion[];
  #regex: RegExp | undefined = undefined;

  /**
   * @param text The rule, in Bottle's syntax.
   * @param filters The filters it may use.
   * @throws RouteSyntaxError for an unknown filter, an expression that does not compile, or a name used twice.
   */
  constructor(text: string, filters: FilterTable) {
    this.text = text;
    this.parts = parse(text, filters);
    this.wildcards = this.parts.filter((part) => typeof part !== 'string');
    this.isStatic = this.wildcards.length === 0;
    this.conversions = conversionsOf(this.wildcards);
    this.isPlain = this.parts.every((part) => typeof part !== 'string' || isPlain(part, 0, part.length));
    this.shape = this.parts.map((part) => (typeof part === 'string' ? escapeLiteral(part) : `(${part.pattern.source})`)).join('');
  }

  /** The whole rule as one regular expression over decoded paths, with one group for each wildcard. */
  get regex(): RegExp {
    this.#regex ??= new RegExp(`^${this.shape}$`, 'u');
    return this.#regex;
  }

  /** The wildcards' texts in a decoded path, not parsed yet, or `null` if the rule does not match it. */
  matches(path: string): string[] | null {
    return this.regex.exec(path)?.slice(1) ?? null;
  }

  /**
   * Builds the path of this rule, percent-encoded; parameters that no wildcard takes become the query.
   *
   * @throws RouteBuildError if a value is missing, or its filter does not accept it.
   */
  build(params: Readonly<Record<string, unknown>> = {}, anonymous: readonly unknown[] = []): string {
    const left = new Map(Object.entries(params));
    let anonymousTaken = 0;
    let url = '';
    for (const part of this.parts) {
      if (typeof part === 'string') {
        url += encodeLiteral(part);
        continue;
      }
      const key = part.name ?? `anon${anonymousTaken}`;
      const value = (part.name === undefined ? anonymous[anonymousTaken++] : undefined) ?? left.get(key);
      left.delete(key);
      if (value === undefined || value === null) throw new RouteBuildError(this.#missing(part, anonymousTaken, params));
      url += this.#fill(part, value);
    }
    if (anonymous.length > anonymousTaken) {
      const given = `${anonymous.length} anonymous values given`;
      throw new RouteBuildError(`Rule ${JSON.stringify(this.text)}: ${given}, but it has ${anonymousTaken} anonymous wildcards.`);
    }
    return url + query(left);
  }

  #missing(wildcard: CompiledWildcard, place: number, params: object): string {
    const given = Object.keys(params).join(', ') || 'nothing';
    const what = wildcard.name === undefined ? `anonymous wildcard number ${place}` : `wildcard "${wildcard.name}"`;
    const remedy = wildcard.name === undefined ? 'pass it after the parameters' : 'add it to the parameters';
    return `Rule ${JSON.stringify(this.text)}: no value for the ${what} (given: ${given}); ${remedy}.`;
  }

  #fill(wildcard: CompiledWildcard, value: unknown): string {
    try {
      const text = String(wildcard.made.format ? wildcard.made.format(value) : value);
      return encodeValue(text, text.includes('/') && wildcard.pattern.crosses && wildcard.pattern.whole.test(text));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `Rule ${JSON.stringify(this.text)}: the wildcard "${wildcard.name ?? ''}" cannot hold the value given: ${reason}`;
      throw new RouteBuildError(message, { cause });
    }
  }
}

function parse(text: string, filters: FilterTable): Part[] {
  if (/\p{Surrogate}/u.test(text)) throw new RouteSyntaxError(text, 'it contains half a surrogate pair.');
  const parts: Part[] = [];
  const names = new Set<string>();
  let literal = '';
  let offset = 0;
  for (const match of text.matchAll(WILDCARD)) {
    const { slashes = '', old, oldName, oldConfig, name: newName, filter, config } = match.groups ?? {};
    literal += text.slice(offset, match.index);
    offset = match.index + match[0].length;
    if (slashes.length % 2 === 1) {
      literal += match[0].slice(slashes.length); // escaped: literal text without the backslashes
      continue;
    }
    const name = old === undefined ? newName : oldName;
    if (name !== undefined && names.has(name)) {
      throw new RouteSyntaxError(text, `two wildcards are called "${name}"; give each its own name.`);
    }
    if (name !== undefined) names.add(name);
    if (literal) parts.push(literal);
    literal = '';
    parts.push(filters.wildcard(text, name, filter || 'default', (old === undefined ? config : oldConfig) || undefined));
  }
  literal += text.slice(offset);
  if (literal) parts.push(literal);
  return parts;
}

function escapeLiteral(text: string): string {
  return text.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&');
}

function query(params: ReadonlyMap<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [name, value] of params) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) search.append(name, String(item));
    }
  }
  const text = search.toString();
  return text && `?${text}`;
}

import { RouteBuildError, RouteSyntaxError } from './route-error.js';
import type { FilterTable } from './filter-table.js';
import { encodeLiteral, encodeValue, isPlain } from './path.js';
import { conversionsOf, type Conversion } from './wildcard-values.js';
import type { CompiledWildcard, Part } from './wildcard.js';

// Bottle's syntax: backslashes, then a wildcard in the old syntax (a single colon is one too) or in the new one.
const WILDCARD =
  /(?<slashes>\\*)(?:(?<old>:)(?<oldName>[a-zA-Z_]\w*)?(?:#(?<oldConfig>.*?)#)?|<(?<name>[a-zA-Z_]\w*)?(?::(?<filter>[a-zA-Z_]*)(?::(?<config>(?:\\.|[^\\>])+)?)?)?>)/g;

/** A parsed rule. It matches paths and builds URLs. */
export class Rule {
  /** The rule as written. */
  readonly text: string;
  readonly wildcards: readonly CompiledWildcard[];
  readonly isStatic: boolean;
  /** Literal texts and wildcards in order. Two literals are never adjacent. */
  readonly parts: readonly Part[];
  /** Whether percent-decoding does not change its literal texts. */
  readonly isPlain: boolean;
  /** Equal for rules that match the same paths in the same way, independent of the names of their wildcards. */
  readonly shape: string;
  /** How the texts of the wildcards are converted to values. */
  readonly conversions: readonly Conversion[];
  #regex: RegExp | undefined = undefined;

  /**
   * @param text the rule, in Bottle's syntax.
   * @param filters the available filters.
   * @throws RouteSyntaxError for an unknown filter, an invalid expression, or a duplicate name.
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

  /** The rule as one regular expression for decoded paths, with one group per wildcard. */
  get regex(): RegExp {
    this.#regex ??= new RegExp(`^${this.shape}$`, 'u');
    return this.#regex;
  }

  /** The texts of the wildcards in a decoded path, or `null` if the rule does not match. */
  matches(path: string): string[] | null {
    return this.regex.exec(path)?.slice(1) ?? null;
  }

  /**
   * Builds the path of this rule, percent-encoded. Parameters without a wildcard become the query.
   *
   * @throws RouteBuildError if a value is missing, or its filter does not accept it.
   */
  build(params: Readonly<Record<string, unknown>> = {}, anonymous: readonly unknown[] = []): string {
    const remaining = new Map(Object.entries(params));
    let anonymousCount = 0;
    let url = '';
    for (const part of this.parts) {
      if (typeof part === 'string') {
        url += encodeLiteral(part);
        continue;
      }
      const key = part.name ?? `anon${anonymousCount}`;
      const value = (part.name === undefined ? anonymous[anonymousCount++] : undefined) ?? remaining.get(key);
      remaining.delete(key);
      if (value === undefined || value === null) throw new RouteBuildError(this.#missingText(part, anonymousCount, params));
      url += this.#formatValue(part, value);
    }
    if (anonymous.length > anonymousCount) {
      const given = `${anonymous.length} anonymous values given`;
      throw new RouteBuildError(`Rule ${JSON.stringify(this.text)}: ${given}, but it has ${anonymousCount} anonymous wildcards.`);
    }
    return url + query(remaining);
  }

  #missingText(wildcard: CompiledWildcard, position: number, params: object): string {
    const given = Object.keys(params).join(', ') || 'nothing';
    const what = wildcard.name === undefined ? `anonymous wildcard number ${position}` : `wildcard "${wildcard.name}"`;
    const remedy = wildcard.name === undefined ? 'pass it after the parameters' : 'add it to the parameters';
    return `Rule ${JSON.stringify(this.text)}: no value for the ${what} (given: ${given}); ${remedy}.`;
  }

  #formatValue(wildcard: CompiledWildcard, value: unknown): string {
    try {
      const text = String(wildcard.compiledFilter.format ? wildcard.compiledFilter.format(value) : value);
      return encodeValue(text, text.includes('/') && wildcard.pattern.matchesSlash && wildcard.pattern.whole.test(text));
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

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const STRING_PART = /(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/** The first mistake in invalid JSON. */
interface JsonSyntaxMistake {
  /** The offset in the text. */
  readonly at: number;
  /** What JSON requires there, such as `a value`. */
  readonly expected: string;
}

/**
 * Describes the first mistake in a text that `JSON.parse` rejected: its position, and what was expected.
 *
 * @returns for example `line 2, column 7: expected a value, found "}"`; `undefined` if there is no mistake.
 */
export function findJsonError(json: string): string | undefined {
  const mistake = findJsonMistake(json);
  if (mistake === undefined) return undefined;
  const { at, expected } = mistake;
  const before = json.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const character = json.codePointAt(at);
  const found = character === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(character));
  return `line ${line}, column ${column}: expected ${expected}, found ${found}`;
}

/**
 * Finds the first mistake in a text that `JSON.parse` rejected: the messages of the engines differ, and quote the text. Runs only for
 * invalid JSON. Returns `undefined` if there is no mistake.
 */
export function findJsonMistake(json: string): JsonSyntaxMistake | undefined {
  return new JsonScanner(json).findMistake();
}

class JsonScanner {
  readonly #json: string;
  #at = 0;
  /** The closing brackets of the open arrays and objects. */
  readonly #open: ('}' | ']')[] = [];

  constructor(json: string) {
    this.#json = json;
  }

  findMistake(): JsonSyntaxMistake | undefined {
    for (;;) {
      const value = this.#value();
      if (value === 'open') continue;
      if (value !== 'complete') return value;
      const next = this.#afterValue();
      if (next === 'end') return undefined;
      if (next !== 'value') return next;
    }
  }

  /** Scans a scalar, an empty array or object, or an opening bracket. An object's bracket includes its first key. */
  #value(): JsonSyntaxMistake | 'complete' | 'open' {
    if (this.#take('{')) {
      if (this.#take('}')) return 'complete';
      this.#open.push('}');
      return this.#key() ?? 'open';
    }
    if (this.#take('[')) {
      if (this.#take(']')) return 'complete';
      this.#open.push(']');
      return 'open';
    }
    if (this.#json[this.#at] === '"') return this.#string('a value') ?? 'complete';
    return this.#skip(LITERAL) || this.#skip(NUMBER) ? 'complete' : this.#mistake('a value');
  }

  /** Scans closing brackets, then a comma (and in an object, the next key) or the end of the text. */
  #afterValue(): JsonSyntaxMistake | 'value' | 'end' {
    const open = this.#open;
    for (let end = open.at(-1); end !== undefined && this.#take(end); end = open.at(-1)) open.pop();
    const end = open.at(-1);
    if (end === undefined) {
      this.#skip(WHITESPACE);
      return this.#at < this.#json.length ? this.#mistake('the end') : 'end';
    }
    if (!this.#take(',')) return this.#mistake(`',' or '${end}'`);
    return (end === '}' ? this.#key() : undefined) ?? 'value';
  }

  #key(): JsonSyntaxMistake | undefined {
    const mistake = this.#string('a property name in double quotes');
    if (mistake !== undefined) return mistake;
    return this.#take(':') ? undefined : this.#mistake("':' after the property name");
  }

  #string(expected: string): JsonSyntaxMistake | undefined {
    if (!this.#take('"')) return this.#mistake(expected);
    this.#skip(STRING_PART);
    const next = this.#json[this.#at];
    if (next === '"') {
      this.#at++;
      return undefined;
    }
    if (next === undefined) return this.#mistake('a closing quote');
    return this.#mistake(next === '\\' ? 'a valid escape' : 'no control character in a string');
  }

  /** Skips whitespace and the character, if it is next. */
  #take(character: string): boolean {
    this.#skip(WHITESPACE);
    if (this.#json[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#json)?.[0].length ?? 0;
    this.#at += length;
    return length > 0;
  }

  #mistake(expected: string): JsonSyntaxMistake {
    return { at: this.#at, expected };
  }
}

const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const STRING_PART = /(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/** The first mistake in a text that is no JSON. */
export interface JsonMistake {
  /** Its offset. */
  readonly at: number;
  /** What JSON has there, such as `a value`. */
  readonly expected: string;
}

/**
 * Says where the first mistake in a text is that `JSON.parse` refused, and what was expected.
 *
 * @returns for instance `line 2, column 7: expected a value, found "}"`; `undefined` if there is no mistake.
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
 * Finds the first mistake in a text that `JSON.parse` refused: the messages of the engines differ, and quote the text. Runs only for
 * broken texts. Gives `undefined` if there is no mistake.
 */
export function findJsonMistake(json: string): JsonMistake | undefined {
  let at = 0;
  // The closing bracket of every array and object around.
  const open: ('}' | ']')[] = [];

  const mistake = (expected: string): JsonMistake => ({ at, expected });
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const length = pattern.exec(json)?.[0].length ?? 0;
    at += length;
    return length > 0;
  };
  const take = (character: string): boolean => {
    skip(BLANK);
    if (json[at] !== character) return false;
    at++;
    return true;
  };
  /** `undefined` if a string stood there, or what is wrong with it. */
  const string = (expected: string): JsonMistake | undefined => {
    if (!take('"')) return mistake(expected);
    skip(STRING_PART);
    if (json[at] === '"') {
      at++;
      return undefined;
    }
    if (at >= json.length) return mistake('a closing quote');
    return json[at] === '\\' ? mistake('a valid escape') : mistake('no control character in a string');
  };
  const key = (): JsonMistake | undefined => {
    const problem = string('a property name in double quotes');
    if (problem !== undefined) return problem;
    return take(':') ? undefined : mistake("':' after the property name");
  };

  for (;;) {
    // A value, with all brackets that open before its first scalar.
    let problem: JsonMistake | undefined;
    let closed = false;
    if (take('{')) {
      open.push('}');
      if (!take('}')) {
        problem = key();
        if (problem !== undefined) return problem;
        continue;
      }
      open.pop();
      closed = true;
    } else if (take('[')) {
      open.push(']');
      if (!take(']')) continue;
      open.pop();
      closed = true;
    }
    if (!closed) {
      if (json[at] === '"') problem = string('a value');
      else if (!skip(WORD) && !skip(NUMBER)) problem = mistake('a value');
      if (problem !== undefined) return problem;
    }
    // What follows a value: brackets that close, then a comma or the end.
    for (let end = open.at(-1); end !== undefined && take(end); end = open.at(-1)) open.pop();
    const end = open.at(-1);
    if (end === undefined) {
      skip(BLANK);
      return at < json.length ? mistake('the end') : undefined;
    }
    if (!take(',')) return mistake(`',' or '${end}'`);
    if (end === '}') {
      problem = key();
      if (problem !== undefined) return problem;
    }
  }
}

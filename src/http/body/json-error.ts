const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const STRING_PART = /(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/**
 * Finds the first mistake in a text that `JSON.parse` refused, and says where it is and what was expected: the messages of the
 * engines differ, and quote what the client sent. Runs only for broken texts.
 *
 * @returns for instance `line 2, column 7: expected a value, found "}"`; `undefined` if there is no mistake.
 */
export function findJsonError(json: string): string | undefined {
  let at = 0;
  // The closing bracket of every array and object around.
  const open: ('}' | ']')[] = [];

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
  const string = (expected: string): string | undefined => {
    if (!take('"')) return mistake(json, at, expected);
    skip(STRING_PART);
    if (json[at] === '"') {
      at++;
      return undefined;
    }
    if (at >= json.length) return mistake(json, at, 'a closing quote');
    return json[at] === '\\' ? mistake(json, at, 'a valid escape') : mistake(json, at, 'no control character in a string');
  };
  const key = (): string | undefined => {
    const problem = string('a property name in double quotes');
    if (problem !== undefined) return problem;
    return take(':') ? undefined : mistake(json, at, "':' after the property name");
  };

  for (;;) {
    // A value, with all brackets that open before its first scalar.
    let problem: string | undefined;
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
      else if (!skip(WORD) && !skip(NUMBER)) problem = mistake(json, at, 'a value');
      if (problem !== undefined) return problem;
    }
    // What follows a value: brackets that close, then a comma or the end.
    for (let end = open.at(-1); end !== undefined && take(end); end = open.at(-1)) open.pop();
    const end = open.at(-1);
    if (end === undefined) {
      skip(BLANK);
      return at < json.length ? mistake(json, at, 'the end') : undefined;
    }
    if (!take(',')) return mistake(json, at, `',' or '${end}'`);
    if (end === '}') {
      problem = key();
      if (problem !== undefined) return problem;
    }
  }
}

function mistake(json: string, at: number, expected: string): string {
  const before = json.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const character = json.codePointAt(at);
  const found = character === undefined ? 'the end of the text' : JSON.stringify(String.fromCodePoint(character));
  return `line ${line}, column ${column}: expected ${expected}, found ${found}`;
}

/** The effects of SQL text on its connection. */
interface SqlTraits {
  /** The keyword that begins or ends the transaction, if there is one. Savepoints do not count. */
  control: string | undefined;
  /**
   * Whether the SQL changes the connection itself (pragmas, attached databases, temporary tables). The next request must not
   * inherit that.
   */
  modifiesConnection: boolean;
  /**
   * Whether a prepared statement can be reused. SQLite runs many pragmas while it prepares them, so their result may be outdated
   * later.
   */
  isCacheable: boolean;
}

const NO_EFFECTS: SqlTraits = { control: undefined, modifiesConnection: false, isCacheable: true };

/** A quick check: most SQL contains none of these words and needs no tokenizing. */
const RELEVANT = /\b(?:BEGIN|COMMIT|END|ROLLBACK|PRAGMA|ATTACH|DETACH|TEMP|TEMPORARY)\b/i;

/** One token: white space and comments, quoted text, a word, or a single character. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\u0080-\uffff]+|[\s\S]/gy;

const WORD = /^[A-Za-z_]/;
const SKIPPED = /^(?:\s|--|\/\*)/;

/**
 * Pragmas that only read although they take an argument in parentheses, and pragmas that change the file instead of the
 * connection.
 */
const HARMLESS_PRAGMAS = new Set(
  (
    'table_info table_xinfo table_list index_info index_xinfo index_list foreign_key_list foreign_key_check integrity_check ' +
    'quick_check wal_checkpoint optimize incremental_vacuum user_version application_id'
  ).split(' '),
);

/**
 * Determines the effects of SQL on the transaction and the connection.
 *
 * @param sql one or more statements.
 * @see https://www.sqlite.org/lang_transaction.html
 */
export function readTraits(sql: string): SqlTraits {
  if (!RELEVANT.test(sql)) return NO_EFFECTS;
  const traits: SqlTraits = { control: undefined, modifiesConnection: false, isCacheable: true };
  for (const words of statements(sql)) {
    const [first = '', second = '', third = '', fourth = ''] = words;
    if (first === 'BEGIN' || first === 'COMMIT' || first === 'END') traits.control ??= first;
    else if (first === 'ROLLBACK') {
      if (second !== 'TO' && third !== 'TO') traits.control ??= first;
    } else if (first === 'ATTACH' || first === 'DETACH') traits.modifiesConnection = true;
    else if (first === 'CREATE') traits.modifiesConnection ||= second === 'TEMP' || second === 'TEMPORARY';
    else if (first === 'PRAGMA') {
      traits.isCacheable = false;
      const [name, sign] = third === '.' ? [fourth, words[4]] : [second, third];
      traits.modifiesConnection ||= (sign === '=' || sign === '(') && !HARMLESS_PRAGMAS.has(name.toLowerCase());
    }
  }
  return traits;
}

/** The first words of every statement, in upper case. The body of a trigger, which contains semicolons, is skipped. */
function* statements(sql: string): Generator<string[]> {
  let words: string[] = [];
  let inTrigger = false;
  let last = '';
  for (const [token] of sql.matchAll(TOKEN)) {
    if (SKIPPED.test(token)) continue;
    if (token === ';') {
      // A trigger ends with `END;` after the `;` of its last statement. `CASE … END` never occurs there.
      if (inTrigger && last !== '; END') {
        last = ';';
        continue;
      }
      if (words.length > 0) yield words;
      words = [];
      inTrigger = false;
      last = '';
      continue;
    }
    const word = WORD.test(token) ? token.toUpperCase() : token;
    last = last === ';' && word === 'END' ? '; END' : '';
    if (words.length < 5) {
      words.push(word);
      if (word === 'TRIGGER' && words[0] === 'CREATE') inTrigger = true;
      // EXPLAIN does not execute the statement.
      if (words[0] === 'EXPLAIN') words = ['EXPLAIN'];
    }
  }
  if (words.length > 0) yield words;
}

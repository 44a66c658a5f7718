/** What a piece of SQL does that its connection has to know of. */
export interface SqlTraits {
  /** The keyword with which it begins or ends the transaction, if it does. Savepoints are not meant. */
  control: string | undefined;
  /** It changes the connection itself (pragmas, attached databases, temporary tables), which the next request must not inherit. */
  alters: boolean;
  /** SQLite runs many pragmas while it prepares them, so that a prepared one does not tell what is true later. */
  lasting: boolean;
}

const PLAIN: SqlTraits = { control: undefined, alters: false, lasting: true };

/** Most SQL holds none of these words, and need not be looked at closely. */
const SUSPECT = /\b(?:BEGIN|COMMIT|END|ROLLBACK|PRAGMA|ATTACH|DETACH|TEMP|TEMPORARY)\b/i;

/** One token: white space and comments, quoted text, a word, or a single character. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\u0080-\uffff]+|[\s\S]/gy;

const WORD = /^[A-Za-z_]/;
const SKIPPED = /^(?:\s|--|\/\*)/;

/** Pragmas that only ask, though they take an argument in brackets, and ones that belong to the file and not to the connection. */
const HARMLESS_PRAGMAS = new Set(
  (
    'table_info table_xinfo table_list index_info index_xinfo index_list foreign_key_list foreign_key_check integrity_check ' +
    'quick_check wal_checkpoint optimize incremental_vacuum user_version application_id'
  ).split(' '),
);

/**
 * Reads what SQL does to the transaction and to its connection, statement by statement.
 *
 * @param sql one or more statements.
 * @see https://www.sqlite.org/lang_transaction.html
 */
export function readTraits(sql: string): SqlTraits {
  if (!SUSPECT.test(sql)) return PLAIN;
  const traits: SqlTraits = { control: undefined, alters: false, lasting: true };
  for (const words of statements(sql)) {
    const [first = '', second = '', third = '', fourth = ''] = words;
    if (first === 'BEGIN' || first === 'COMMIT' || first === 'END') traits.control ??= first;
    else if (first === 'ROLLBACK') {
      if (second !== 'TO' && third !== 'TO') traits.control ??= first;
    } else if (first === 'ATTACH' || first === 'DETACH') traits.alters = true;
    else if (first === 'CREATE') traits.alters ||= second === 'TEMP' || second === 'TEMPORARY';
    else if (first === 'PRAGMA') {
      traits.lasting = false;
      const [name, sign] = third === '.' ? [fourth, words[4]] : [second, third];
      traits.alters ||= (sign === '=' || sign === '(') && !HARMLESS_PRAGMAS.has(name.toLowerCase());
    }
  }
  return traits;
}

/** The first few words of every statement, in capitals. A trigger's body, which has semicolons of its own, is passed over. */
function* statements(sql: string): Generator<string[]> {
  let words: string[] = [];
  let inTrigger = false;
  let last = '';
  for (const [token] of sql.matchAll(TOKEN)) {
    if (SKIPPED.test(token)) continue;
    if (token === ';') {
      // A trigger ends with `END;`, and `END` follows the `;` of its last statement. A `CASE … END` never stands there.
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
      // EXPLAIN only tells what a statement would do.
      if (words[0] === 'EXPLAIN') words = ['EXPLAIN'];
    }
  }
  if (words.length > 0) yield words;
}

/** The versions of the database, for `migrate`. */
export const MIGRATIONS = [
  `CREATE TABLE todos (
     id INTEGER PRIMARY KEY,
     title TEXT NOT NULL COLLATE NOCASE UNIQUE,
     done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
     created TEXT NOT NULL DEFAULT (datetime('now'))
   ) STRICT`,
];

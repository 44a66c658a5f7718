/** The versions of the database, for `migrate`. */
export const MIGRATIONS = [
  `CREATE TABLE posts (
     id INTEGER PRIMARY KEY,
     title TEXT NOT NULL COLLATE NOCASE UNIQUE,
     body TEXT NOT NULL,
     created TEXT NOT NULL DEFAULT (datetime('now'))
   ) STRICT;
   CREATE TABLE comments (
     id INTEGER PRIMARY KEY,
     post INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
     author TEXT NOT NULL,
     text TEXT NOT NULL,
     created TEXT NOT NULL DEFAULT (datetime('now'))
   ) STRICT;
   CREATE INDEX comments_by_post ON comments (post)`,
];

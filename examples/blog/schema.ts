import type { Database } from 'bottlenose/sqlite';

/** Each takes the database one version further. Append to this list; what has run somewhere must not change. */
const MIGRATIONS = [
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

/** Brings a database, new or old, up to date. */
export function migrate(db: Database): void {
  db.transaction(() => {
    const version = db.pragma('user_version', { simple: true }) as number;
    for (const sql of MIGRATIONS.slice(version)) db.exec(sql);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  }).immediate();
}

import type { Database } from 'bottlenose/sqlite';

/** Each takes the database one version further. Append to this list; what has run somewhere must not change. */
const MIGRATIONS = [
  `CREATE TABLE todos (
     id INTEGER PRIMARY KEY,
     title TEXT NOT NULL COLLATE NOCASE UNIQUE,
     done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
     created TEXT NOT NULL DEFAULT (datetime('now'))
   ) STRICT`,
];

/** Brings a database, new or old, up to date. */
export function migrate(db: Database): void {
  db.transaction(() => {
    const version = db.pragma('user_version', { simple: true }) as number;
    for (const sql of MIGRATIONS.slice(version)) db.exec(sql);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  }).immediate();
}

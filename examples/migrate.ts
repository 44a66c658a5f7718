import type { Database } from 'bottlenose/sqlite';

/**
 * Brings a database, new or old, up to date. Shared by the examples with a database.
 *
 * @param migrations SQL. Each takes the database one version further. Append to the list; what has run somewhere must not change.
 */
export function migrate(db: Database, migrations: readonly string[]): void {
  db.transaction(() => {
    const version = db.pragma('user_version', { simple: true }) as number;
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

import { Bottle } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { Notes } from './notes.js';
import { migrate } from './schema.js';

/** The application, over a database file that is created if missing. */
export function createApp(file = 'notes.db'): Bottle {
  const db = new Database(file);
  migrate(db);
  db.close();

  const app = new Bottle();
  app.install(new SQLitePlugin({ file }));
  app.get('/', () => 'The notes are at <a href="/notes">/notes</a>.');
  app.mount(Notes);
  return app;
}

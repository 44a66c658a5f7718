import { fileURLToPath } from 'node:url';
import { Bottle, TEMPLATE_PATH } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { Pages } from './pages.js';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './schema.js';
import { Todos } from './todos.js';

// Beside this module, wherever the program is started.
TEMPLATE_PATH.unshift(fileURLToPath(new URL('views', import.meta.url)));

/** The whole application, over a database file that is created if missing. */
export function createApp(file: string): Bottle {
  const app = new Bottle();
  app.install(new SQLitePlugin({ file }));
  const db = new Database(file);
  migrate(db, MIGRATIONS);
  db.close();
  app.mount('/api', Todos);
  app.mount(Pages);
  return app;
}

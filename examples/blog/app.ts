import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Bottle, staticFile } from 'bottlenose';
import { csrf, secureHeaders } from 'bottlenose/plugins';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { Comments } from './comments.js';
import { FlashPlugin } from './flash.js';
import { Posts } from './posts.js';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './schema.js';
import { Writing } from './writing.js';

const root = fileURLToPath(new URL('static', import.meta.url));

export interface BlogOptions {
  /** The database, created if missing. */
  file: string;
  /** Signs cookies. With one of its own each start, messages on their way at a restart are lost. */
  secret?: string;
}

/** The whole application. */
export function createApp({ file, secret = randomBytes(32).toString('base64') }: BlogOptions): Bottle {
  // Beside this module, wherever the program is started.
  const app = new Bottle({ templatePath: new URL('views', import.meta.url) });
  app.install(secureHeaders());
  app.install(csrf());
  app.install(new SQLitePlugin({ file }));
  app.install(new FlashPlugin(secret));
  const db = new Database(file);
  migrate(db, MIGRATIONS);
  db.close();
  app.get('/static/<name:path>', ({ name }) => staticFile(name, { root }));
  app.mount(Comments);
  app.mount(Posts);
  app.mount(Writing);
  return app;
}

import { Bottle, HTTPError } from 'bottlenose';
import { cors } from 'bottlenose/plugins';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { Articles } from './articles/articles.js';
import { Favorites } from './articles/favorites.js';
import { Tags } from './articles/tags.js';
import { passwordHash } from './auth/passwords.js';
import { Tokens } from './auth/tokens.js';
import { Comments } from './comments/comments.js';
import { toErrors } from './errors.js';
import { Profiles } from './profiles/profiles.js';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './schema.js';
import { Account } from './users/account.js';
import { Users } from './users/users.js';

export interface ConduitOptions {
  /** The database, created if missing. */
  file: string;
  /** Signs the tokens. The default is for development: whoever knows it can be anybody. */
  secret?: string;
}

/**
 * Conduit, the back end of the RealWorld project: articles, comments, favourites, and people who follow each other.
 *
 * @see https://github.com/realworld-apps/realworld
 */
export function createApp({ file, secret = 'known to everybody, for development alone' }: ConduitOptions): Bottle {
  const app = new Bottle();
  app.install(cors());
  app.install(passwordHash);
  app.install(new SQLitePlugin({ file }));
  app.install(new Tokens(secret));
  const db = new Database(file);
  migrate(db, MIGRATIONS);
  db.close();
  for (const controller of [Users, Account, Profiles, Articles, Favorites, Comments, Tags]) app.mount('/api', controller);
  app.error([HTTPError, 500], toErrors);
  return app;
}

import { Database } from 'bottlenose/sqlite';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from './schema.js';
import { addUser } from './users/store.js';

/** For the tests of single controllers: a database with two users, and their numbers. */
export function database(): { db: Database; ada: number; bob: number } {
  const db = new Database(':memory:');
  migrate(db, MIGRATIONS);
  const add = (username: string) => addUser(db, { username, email: `${username}@example.com`, password: '' }).id;
  return { db, ada: add('ada'), bob: add('bob') };
}

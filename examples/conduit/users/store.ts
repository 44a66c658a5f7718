import type { Database } from 'bottlenose/sqlite';
import type { Registration, User } from './user.js';

export function findUser(db: Database, id: number): User | undefined {
  return db.prepare<[number], User>('SELECT * FROM users WHERE id = ?').get(id);
}

export function findUserByEmail(db: Database, email: string): User | undefined {
  return db.prepare<[string], User>('SELECT * FROM users WHERE email = ?').get(email);
}

/** Whether somebody other than this user has the name or the address. */
export function isTaken(db: Database, column: 'username' | 'email', value: string, by = 0): boolean {
  return db.prepare<[string, number]>(`SELECT 1 FROM users WHERE ${column} = ? AND id <> ?`).get(value, by) !== undefined;
}

export function addUser(db: Database, user: Registration): User {
  return db
    .prepare<object, User>('INSERT INTO users (username, email, password) VALUES (@username, @email, @password) RETURNING *')
    .get({ ...user }) as User;
}

/** An empty biography or picture counts as missing. */
export function saveUser(db: Database, user: User): User {
  return db
    .prepare<object, User>(
      `UPDATE users SET username = @username, email = @email, password = @password, bio = nullif(@bio, ''),
         image = nullif(@image, '')
       WHERE id = @id RETURNING *`,
    )
    .get(user) as User;
}

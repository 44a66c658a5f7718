import type { Database } from 'bottlenose/sqlite';

/** Somebody, as others see them. */
export interface Profile {
  username: string;
  bio: string | null;
  image: string | null;
  /** Whether the viewer follows them. */
  following: boolean;
}

/** The columns of a profile, of `users`, for the viewer `@viewer`. */
export const PROFILE = `users.username, users.bio, users.image,
  EXISTS (SELECT 1 FROM follows WHERE follower = @viewer AND followed = users.id) AS following`;

/** A row with these columns. SQLite has no booleans. */
export type ProfileRow = Omit<Profile, 'following'> & { following: number };

export function toProfile({ username, bio, image, following }: ProfileRow): Profile {
  return { username, bio, image, following: following === 1 };
}

export function findProfile(db: Database, username: string, viewer: number | null): Profile | undefined {
  const sql = `SELECT ${PROFILE} FROM users WHERE username = @username`;
  const row = db.prepare<object, ProfileRow>(sql).get({ username, viewer });
  return row && toProfile(row);
}

export function follow(db: Database, follower: number, username: string): void {
  db.prepare('INSERT OR IGNORE INTO follows SELECT ?, id FROM users WHERE username = ?').run(follower, username);
}

export function unfollow(db: Database, follower: number, username: string): void {
  const sql = 'DELETE FROM follows WHERE follower = ? AND followed = (SELECT id FROM users WHERE username = ?)';
  db.prepare(sql).run(follower, username);
}

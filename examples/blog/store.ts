import type { Database } from 'bottlenose/sqlite';
import type { Comment, CommentDraft, Post, PostDraft } from './post.js';

export const PAGE_SIZE = 5;

/** One page of posts, the newest first, and how many pages there are. */
export function findPosts(db: Database, page: number): { posts: Post[]; pages: number } {
  const { count } = db.prepare<[], { count: number }>('SELECT count(*) AS count FROM posts').get() ?? { count: 0 };
  const posts = db
    .prepare<[number, number], Post>(
      `SELECT posts.*, (SELECT count(*) FROM comments WHERE post = posts.id) AS comments
       FROM posts ORDER BY id DESC LIMIT ? OFFSET ?`,
    )
    .all(PAGE_SIZE, (page - 1) * PAGE_SIZE);
  return { posts, pages: Math.max(1, Math.ceil(count / PAGE_SIZE)) };
}

export function findPost(db: Database, id: number): Post | undefined {
  const sql = 'SELECT posts.*, (SELECT count(*) FROM comments WHERE post = posts.id) AS comments FROM posts WHERE id = ?';
  return db.prepare<[number], Post>(sql).get(id);
}

export function findComments(db: Database, post: number): Comment[] {
  return db.prepare<[number], Comment>('SELECT * FROM comments WHERE post = ? ORDER BY id').all(post);
}

/** A title that is there already violates a constraint, which `SQLitePlugin` answers with 409. */
export function addPost(db: Database, { title, body }: PostDraft): number {
  const { lastInsertRowid } = db.prepare('INSERT INTO posts (title, body) VALUES (?, ?)').run(title.trim(), body.trim());
  return Number(lastInsertRowid);
}

/** Tells whether there was one; so do the others. */
export function changePost(db: Database, id: number, { title, body }: PostDraft): boolean {
  return db.prepare('UPDATE posts SET title = ?, body = ? WHERE id = ?').run(title.trim(), body.trim(), id).changes > 0;
}

export function removePost(db: Database, id: number): boolean {
  return db.prepare('DELETE FROM posts WHERE id = ?').run(id).changes > 0;
}

export function addComment(db: Database, post: number, { author, text }: CommentDraft): boolean {
  const sql = 'INSERT INTO comments (post, author, text) SELECT id, ?, ? FROM posts WHERE id = ?';
  return db.prepare(sql).run(author.trim(), text.trim(), post).changes > 0;
}

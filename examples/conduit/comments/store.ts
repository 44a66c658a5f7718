import type { Database } from 'bottlenose/sqlite';
import { PROFILE, type ProfileRow, toProfile } from '../profiles/store.js';
import type { Comment } from './comment.js';

type Row = Omit<Comment, 'author'> & ProfileRow;

const COMMENTS = `SELECT comments.id, comments.createdAt, comments.createdAt AS updatedAt, comments.body, ${PROFILE}
  FROM comments JOIN users ON users.id = comments.author`;

function toComment({ id, createdAt, updatedAt, body, ...author }: Row): Comment {
  return { id, createdAt, updatedAt, body, author: toProfile(author) };
}

/** The comments on an article, the first first. */
export function findComments(db: Database, article: number, viewer: number | null): Comment[] {
  const sql = `${COMMENTS} WHERE comments.article = @article ORDER BY comments.id`;
  return db.prepare<object, Row>(sql).all({ article, viewer }).map(toComment);
}

export function addComment(db: Database, article: number, author: number, body: string): Comment {
  const { lastInsertRowid: id } = db
    .prepare('INSERT INTO comments (article, author, body) VALUES (?, ?, ?)')
    .run(article, author, body);
  return toComment(db.prepare<object, Row>(`${COMMENTS} WHERE comments.id = @id`).get({ id, viewer: author }) as Row);
}

/** The number of the user who wrote a comment on this article. */
export function findAuthor(db: Database, article: number, id: number): number | undefined {
  return db
    .prepare<[number, number], number>('SELECT author FROM comments WHERE article = ? AND id = ?')
    .pluck()
    .get(article, id);
}

export function removeComment(db: Database, id: number): void {
  db.prepare('DELETE FROM comments WHERE id = ?').run(id);
}

import type { Database } from 'bottlenose/sqlite';
import { PROFILE, type ProfileRow, toProfile } from '../profiles/store.js';
import type { Article, ArticleFilter, NewArticle, Page, Summary } from './article.js';
import { slugFor } from './slug.js';

/** What the database knows of an article, whoever looks. */
export interface StoredArticle extends Pick<Article, 'slug' | 'title' | 'description' | 'body'> {
  id: number;
  /** The number of a user. */
  author: number;
}

/** SQLite has neither booleans nor lists. */
type Row = Omit<Summary, 'tagList' | 'favorited' | 'author'> & ProfileRow & { tagList: string; favorited: number; body?: string };

const SUMMARY = `slug, title, description, createdAt, updatedAt, ${PROFILE},
  (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE article = articles.id ORDER BY position)) AS tagList,
  EXISTS (SELECT 1 FROM favorites WHERE article = articles.id AND user = @viewer) AS favorited,
  (SELECT count(*) FROM favorites WHERE article = articles.id) AS favoritesCount`;

const FROM = 'FROM articles JOIN users ON users.id = articles.author';

function toSummary({ username, bio, image, following, tagList, favorited, ...article }: Row): Summary {
  const author = toProfile({ username, bio, image, following });
  return { ...article, tagList: JSON.parse(tagList), favorited: favorited === 1, author };
}

/** An article as the viewer sees it. */
export function findArticle(db: Database, slug: string, viewer: number | null): Article | undefined {
  const row = db.prepare<object, Row>(`SELECT body, ${SUMMARY} ${FROM} WHERE slug = @slug`).get({ slug, viewer });
  return row && (toSummary(row) as Article);
}

/** The changes and additions. */
export function findStored(db: Database, slug: string): StoredArticle | undefined {
  return db.prepare<[string], StoredArticle>('SELECT * FROM articles WHERE slug = ?').get(slug);
}

/** Some articles, the newest first, and how many there are altogether. */
export interface ArticleList {
  articles: Summary[];
  articlesCount: number;
}

export function listArticles(db: Database, filter: ArticleFilter, viewer: number | null): ArticleList {
  const where = `(@tag IS NULL OR EXISTS (SELECT 1 FROM tags WHERE article = articles.id AND tag = @tag))
    AND (@author IS NULL OR users.username = @author)
    AND (@favorited IS NULL OR EXISTS (
      SELECT 1 FROM favorites JOIN users AS fans ON fans.id = favorites.user
      WHERE favorites.article = articles.id AND fans.username = @favorited))`;
  const { limit, offset, tag, author, favorited } = filter;
  return list(db, where, { limit, offset, viewer, tag: tag || null, author: author || null, favorited: favorited || null });
}

/** Articles by the users that the viewer follows. */
export function listFeed(db: Database, { limit, offset }: Page, viewer: number): ArticleList {
  return list(db, 'author IN (SELECT followed FROM follows WHERE follower = @viewer)', { limit, offset, viewer });
}

function list(db: Database, where: string, values: object): ArticleList {
  const page = `SELECT ${SUMMARY} ${FROM} WHERE ${where} ORDER BY articles.id DESC LIMIT @limit OFFSET @offset`;
  const count = db.prepare<object, number>(`SELECT count(*) ${FROM} WHERE ${where}`).pluck();
  return {
    articles: db.prepare<object, Row>(page).all(values).map(toSummary),
    articlesCount: count.get(values) ?? 0,
  };
}

/** The new article's slug. */
export function addArticle(db: Database, author: number, { title, description, body, tagList = [] }: NewArticle): string {
  const slug = freeSlug(db, title);
  const { lastInsertRowid } = db
    .prepare('INSERT INTO articles (author, slug, title, description, body) VALUES (?, ?, ?, ?, ?)')
    .run(author, slug, title, description, body);
  setTags(db, Number(lastInsertRowid), tagList);
  return slug;
}

/** The article's slug, which follows its title. */
export function saveArticle(db: Database, article: StoredArticle, tagList?: string[]): string {
  const { id, title, description, body } = article;
  const slug = freeSlug(db, title, id);
  const sql = `UPDATE articles SET slug = ?, title = ?, description = ?, body = ?, updatedAt = strftime('%Y-%m-%dT%H:%M:%fZ')
    WHERE id = ?`;
  db.prepare(sql).run(slug, title, description, body, id);
  if (tagList !== undefined) setTags(db, id, tagList);
  return slug;
}

function freeSlug(db: Database, title: string, by = 0): string {
  const taken = db.prepare<[string, number]>('SELECT 1 FROM articles WHERE slug = ? AND id <> ?');
  return slugFor(title, (slug) => taken.get(slug, by) !== undefined);
}

function setTags(db: Database, article: number, tagList: string[]): void {
  db.prepare('DELETE FROM tags WHERE article = ?').run(article);
  const add = db.prepare('INSERT OR IGNORE INTO tags (article, tag, position) VALUES (?, ?, ?)');
  const tags = tagList.map((tag) => tag.trim()).filter((tag) => tag !== '');
  for (const [position, tag] of tags.entries()) add.run(article, tag, position);
}

export function removeArticle(db: Database, id: number): void {
  db.prepare('DELETE FROM articles WHERE id = ?').run(id);
}

export function favorite(db: Database, article: number, user: number): void {
  db.prepare('INSERT OR IGNORE INTO favorites (article, user) VALUES (?, ?)').run(article, user);
}

export function unfavorite(db: Database, article: number, user: number): void {
  db.prepare('DELETE FROM favorites WHERE article = ? AND user = ?').run(article, user);
}

/** All tags in use, the most used first. */
export function findTags(db: Database): string[] {
  return db.prepare<[], string>('SELECT tag FROM tags GROUP BY tag ORDER BY count(*) DESC, tag').pluck().all();
}

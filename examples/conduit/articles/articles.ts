import { Body, Controller, Delete, Get, Post, Put, Query, Status } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { CurrentUser, Viewer } from '../auth/current-user.js';
import { refuse } from '../errors.js';
import { merge } from '../merge.js';
import { ArticleChanges, ArticleFilter, NewArticle, Page } from './article.js';
import {
  addArticle,
  findArticle,
  findStored,
  listArticles,
  listFeed,
  removeArticle,
  type StoredArticle,
  saveArticle,
} from './store.js';

@Controller('/articles')
export class Articles {
  @Get()
  list(@Viewer() viewer: number | null, @Query(ArticleFilter) filter: ArticleFilter, db: Database) {
    return listArticles(db, filter, viewer);
  }

  @Get('/feed')
  feed(@CurrentUser() user: number, @Query(Page) page: Page, db: Database) {
    return listFeed(db, page, user);
  }

  @Get('/<slug>')
  show(@Viewer() viewer: number | null, slug: string, db: Database) {
    return { article: findArticle(db, slug, viewer) ?? notFound() };
  }

  @Post()
  @Status(201)
  create(@CurrentUser() user: number, @Body('article', { type: NewArticle, required: true }) article: NewArticle, db: Database) {
    return this.show(user, addArticle(db, user, article), db);
  }

  @Put('/<slug>')
  change(
    @CurrentUser() user: number,
    slug: string,
    @Body('article', { type: ArticleChanges, required: true }) { tagList, ...changes }: ArticleChanges,
    db: Database,
  ) {
    const article = merge(own(db, slug, user), changes);
    return this.show(user, saveArticle(db, article, tagList), db);
  }

  @Delete('/<slug>')
  @Status(204)
  remove(@CurrentUser() user: number, slug: string, db: Database) {
    removeArticle(db, own(db, slug, user).id);
  }
}

/** The article, which has to be there. */
export function existing(db: Database, slug: string): StoredArticle {
  return findStored(db, slug) ?? notFound();
}

/** The article, which has to be the user's. */
function own(db: Database, slug: string, user: number): StoredArticle {
  const article = existing(db, slug);
  return article.author === user ? article : refuse(403, 'article', 'forbidden');
}

function notFound(): never {
  return refuse(404, 'article', 'not found');
}

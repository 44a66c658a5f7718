import { Controller, Delete, Post } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { CurrentUser } from '../auth/current-user.js';
import { existing } from './articles.js';
import { favorite, findArticle, unfavorite } from './store.js';

/** Doing either twice changes nothing. */
@Controller('/articles/<slug>/favorite')
export class Favorites {
  @Post()
  add(@CurrentUser() user: number, slug: string, db: Database) {
    favorite(db, existing(db, slug).id, user);
    return { article: findArticle(db, slug, user) };
  }

  @Delete()
  remove(@CurrentUser() user: number, slug: string, db: Database) {
    unfavorite(db, existing(db, slug).id, user);
    return { article: findArticle(db, slug, user) };
  }
}

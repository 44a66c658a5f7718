import { Body, Controller, Delete, Get, Post, Status } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { existing } from '../articles/articles.js';
import { CurrentUser, Viewer } from '../auth/current-user.js';
import { refuse } from '../errors.js';
import { NewComment } from './comment.js';
import { addComment, findAuthor, findComments, removeComment } from './store.js';

@Controller('/articles/<slug>/comments')
export class Comments {
  @Get()
  list(@Viewer() viewer: number | null, slug: string, db: Database) {
    return { comments: findComments(db, existing(db, slug).id, viewer) };
  }

  @Post()
  add(
    @CurrentUser() user: number,
    slug: string,
    @Body('comment', { type: NewComment, required: true }) { body }: NewComment,
    db: Database,
  ) {
    return { comment: addComment(db, existing(db, slug).id, user, body) };
  }

  @Delete('/<id:int>')
  @Status(204)
  remove(@CurrentUser() user: number, slug: string, id: number, db: Database) {
    const author = findAuthor(db, existing(db, slug).id, id) ?? refuse(404, 'comment', 'not found');
    if (author !== user) refuse(403, 'comment', 'forbidden');
    removeComment(db, id);
  }
}

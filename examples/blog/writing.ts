import { abort, Controller, Error, Form, Get, HTTPError, Post, redirect, Request, View } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { Flash } from './flash.js';
import { Pages } from './pages.js';
import { PostDraft } from './post.js';
import { fieldErrors } from './problems.js';
import { addPost, changePost, findPost } from './store.js';

/** The form in which posts are written and changed. */
@Controller('/posts')
export class Writing extends Pages {
  @Get('/new')
  @View('edit', { draft: {}, errors: {}, id: undefined })
  write() {}

  @Post('/new')
  create(@Form(PostDraft) draft: PostDraft, db: Database, flash: Flash) {
    const id = addPost(db, draft);
    flash.say(`“${draft.title.trim()}” is published.`);
    redirect(`/posts/${id}`);
  }

  @Get('/<id:int>/edit')
  @View('edit', { errors: {} })
  edit(id: number, db: Database) {
    return { draft: findPost(db, id) ?? abort(404, `There is no post ${id}.`), id };
  }

  @Post('/<id:int>/edit')
  change(id: number, @Form(PostDraft) draft: PostDraft, db: Database, flash: Flash) {
    if (!changePost(db, id, draft)) abort(404, `There is no post ${id}.`);
    flash.say('Your changes are saved.');
    redirect(`/posts/${id}`);
  }

  /** Shows a rejected form again, with what was written and what is wrong with it. */
  @Error([409, 422])
  @View('edit')
  refused(error: HTTPError, request: Request) {
    const errors = error.status === 409 ? { title: 'There is a post of this title.' } : fieldErrors(error);
    const { title, body } = request.forms;
    return { draft: { title, body }, errors, id: request.urlArgs.id };
  }
}

import { abort, Controller, Error, Form, HTTPError, Post, redirect, Request, View } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { Flash } from './flash.js';
import { Pages } from './pages.js';
import { CommentDraft } from './post.js';
import { fieldErrors } from './problems.js';
import { addComment, findComments, findPost } from './store.js';

/** What readers have to say to a post, on the post's own page. */
@Controller('/posts/<id:int>/comments')
export class Comments extends Pages {
  @Post()
  add(id: number, @Form(CommentDraft) comment: CommentDraft, db: Database, flash: Flash) {
    if (!addComment(db, id, comment)) abort(404, `There is no post ${id}.`);
    flash.say(`Thank you, ${comment.author.trim()}.`);
    redirect(`/posts/${id}#comments`);
  }

  /** The post again, with the form as it was filled in. */
  @Error(422)
  @View('post')
  refused(error: HTTPError, request: Request, db: Database) {
    const id = Number(request.urlArgs.id);
    const post = findPost(db, id) ?? abort(404, `There is no post ${id}.`);
    const { author, text } = request.forms;
    return { post, comments: findComments(db, id), draft: { author, text }, errors: fieldErrors(error) };
  }
}

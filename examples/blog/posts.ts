import { abort, Controller, Get, Post, Query, redirect, View } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { Flash } from './flash.js';
import { Pages } from './pages.js';
import { findComments, findPost, findPosts, removePost } from './store.js';

/** The posts: a list of them, and each on a page of its own. */
@Controller()
export class Posts extends Pages {
  @Get('/')
  @View('index')
  index(db: Database, flash: Flash, @Query('page', { type: Number }) page = 1) {
    const { posts, pages } = findPosts(db, page);
    if (page < 1 || page > pages) abort(404, `There is no page ${page}.`);
    return { posts, page, pages, flash };
  }

  @Get('/posts/<id:int>')
  @View('post', { draft: {}, errors: {} })
  show(id: number, db: Database, flash: Flash) {
    const post = findPost(db, id) ?? abort(404, `There is no post ${id}.`);
    return { post, comments: findComments(db, id), flash };
  }

  @Post('/posts/<id:int>/delete')
  remove(id: number, db: Database, flash: Flash) {
    if (!removePost(db, id)) abort(404, `There is no post ${id}.`);
    flash.say('The post is deleted.');
    redirect('/');
  }
}

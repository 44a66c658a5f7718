import { Controller, Delete, Get, Post } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { CurrentUser, Viewer } from '../auth/current-user.js';
import { refuse } from '../errors.js';
import { findProfile, follow, unfollow } from './store.js';

/** The others, and whether one follows them. */
@Controller('/profiles/<username>')
export class Profiles {
  @Get()
  show(@Viewer() viewer: number | null, username: string, db: Database) {
    return { profile: findProfile(db, username, viewer) ?? refuse(404, 'profile', 'not found') };
  }

  @Post('/follow')
  follow(@CurrentUser() user: number, username: string, db: Database) {
    follow(db, user, username);
    return this.show(user, username, db);
  }

  @Delete('/follow')
  unfollow(@CurrentUser() user: number, username: string, db: Database) {
    unfollow(db, user, username);
    return this.show(user, username, db);
  }
}

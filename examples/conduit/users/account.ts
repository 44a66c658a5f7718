import { Body, Controller, Get, Put } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { CurrentUser } from '../auth/current-user.js';
import { Tokens } from '../auth/tokens.js';
import { refuse } from '../errors.js';
import { merge } from '../merge.js';
import { findUser, isTaken, saveUser } from './store.js';
import { type OwnUser, type User, UserChanges } from './user.js';

/** One's own account. */
@Controller('/user')
export class Account {
  @Get()
  show(@CurrentUser() id: number, db: Database, tokens: Tokens) {
    return ownUser(existing(db, id), tokens);
  }

  @Put()
  change(
    @CurrentUser() id: number,
    @Body('user', { type: UserChanges, required: true }) changes: UserChanges,
    passwordHash: string | undefined,
    db: Database,
    tokens: Tokens,
  ) {
    const user = existing(db, id);
    refuseTaken(db, changes, id);
    return ownUser(saveUser(db, merge(user, { ...changes, password: passwordHash })), tokens);
  }
}

export async function ownUser({ id, username, email, bio, image }: User, tokens: Tokens): Promise<{ user: OwnUser }> {
  return { user: { username, email, bio, image, token: await tokens.issue(id) } };
}

/** Names and addresses are unique, in upper and lower case. */
export function refuseTaken(db: Database, user: { username?: string; email?: string }, by?: number): void {
  for (const field of ['username', 'email'] as const) {
    const value = user[field];
    if (value !== undefined && isTaken(db, field, value, by)) refuse(422, field, 'has already been taken');
  }
}

function existing(db: Database, id: number): User {
  return findUser(db, id) ?? refuse(401, 'token', 'is invalid');
}

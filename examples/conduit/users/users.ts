import { Body, Controller, Post, Status } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { isPassword } from '../auth/passwords.js';
import { Tokens } from '../auth/tokens.js';
import { refuse } from '../errors.js';
import { ownUser, refuseTaken } from './account.js';
import { addUser, findUserByEmail } from './store.js';
import { Login, Registration } from './user.js';

/** Where users come from. */
@Controller('/users')
export class Users {
  @Post()
  @Status(201)
  register(
    @Body('user', { type: Registration, required: true }) user: Registration,
    passwordHash: string,
    db: Database,
    tokens: Tokens,
  ) {
    refuseTaken(db, user);
    return ownUser(addUser(db, { ...user, password: passwordHash }), tokens);
  }

  /** It writes nothing, and should not wait for those who do. */
  @Post('/login', { config: { sqlite: { mode: 'read' } } })
  async login(@Body('user', { type: Login, required: true }) { email, password }: Login, db: Database, tokens: Tokens) {
    const user = findUserByEmail(db, email);
    if (!(await isPassword(password, user?.password)) || !user) refuse(401, 'credentials', 'invalid');
    return ownUser(user, tokens);
  }
}

import { type Context, createParam, type Request } from 'bottlenose';
import { refuse } from '../errors.js';
import type { Tokens } from './tokens.js';

/** The number of the user that sends the request. A request without a user is refused. */
export const CurrentUser = createParam(async (request, context) => (await userOf(request, context)) ?? unknown('is missing'));

/** The user who asks, or `null`: everybody may. */
export const Viewer = createParam(async (request, context) => (await userOf(request, context)) ?? null);

async function userOf(request: Request, context: Context): Promise<number | undefined> {
  const [, token] = /^(?:Token|Bearer) +(\S+)$/i.exec(request.getHeader('authorization', '')) ?? [];
  if (token === undefined) return undefined;
  return (await (context.provided('tokens') as Tokens).verify(token)) ?? unknown('is invalid');
}

function unknown(message: string): never {
  return refuse(401, 'token', message, { 'WWW-Authenticate': 'Token' });
}

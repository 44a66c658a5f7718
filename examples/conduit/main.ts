import { createApp } from './app.js';

const { PORT = 8080, CONDUIT_DB = 'conduit.db', JWT_SECRET } = process.env;

try {
  const { url } = await createApp({ file: CONDUIT_DB, secret: JWT_SECRET }).run({ port: Number(PORT) });
  if (JWT_SECRET === undefined) console.warn('JWT_SECRET is not set: everybody knows the key that signs the tokens.');
  console.log(`
Conduit is at ${url}/api. For example:

  curl ${url}/api/users -H 'Content-Type: application/json' \\
    -d '{"user": {"username": "ada", "email": "ada@example.com", "password": "analytical"}}'
  curl ${url}/api/articles
`);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(code === 'EADDRINUSE' ? `${message}\nFor example: PORT=3000 npm run example:conduit` : message);
  process.exitCode = 1;
}

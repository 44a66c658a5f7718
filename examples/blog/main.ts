import { createApp } from './app.js';

const { PORT = 8080, BLOG_DB = 'blog.db', BLOG_SECRET } = process.env;

try {
  const { url } = await createApp({ file: BLOG_DB, secret: BLOG_SECRET }).run({ port: Number(PORT) });
  console.log(`
The blog is at ${url}, and what its pages show goes to programs as JSON:

  curl ${url} -H 'Accept: application/json'
  curl ${url}/posts/1 -H 'Accept: application/json'
`);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(code === 'EADDRINUSE' ? `${message}\nFor example: PORT=3000 npm start -- blog` : message);
  process.exitCode = 1;
}

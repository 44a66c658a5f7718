import { createApp } from './app.js';

const { PORT = 8080, TODO_DB = 'todo.db' } = process.env;

try {
  const { url } = await createApp(TODO_DB).run({ port: Number(PORT) });
  console.log(`
The list is at ${url}, and its API answers to

  curl ${url}/api/todos -H 'Content-Type: application/json' -d '{"title": "Buy milk"}'
  curl '${url}/api/todos?done=false'
  curl -X PATCH ${url}/api/todos/1 -H 'Content-Type: application/json' -d '{"done": true}'
`);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(code === 'EADDRINUSE' ? `${message}\nFor example: PORT=3000 npm start` : message);
  process.exitCode = 1;
}

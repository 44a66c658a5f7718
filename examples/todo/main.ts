import { createApp } from './app.js';

const app = createApp(process.env.TODO_DB ?? 'todo.db');
try {
  const { url } = await app.run({ port: Number(process.env.PORT ?? 8080) });
  console.log(`
To-do list: ${url}

Or talk to its API:
  curl ${url}/api/todos -H 'Content-Type: application/json' -d '{"title": "Buy milk"}'
  curl '${url}/api/todos?done=false'
  curl -X PATCH ${url}/api/todos/1 -H 'Content-Type: application/json' -d '{"done": true}'
`);
} catch (error) {
  console.error((error as Error).message);
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') console.error('Another one would be: PORT=3000 npm start');
  await app.close();
  process.exitCode = 1;
}

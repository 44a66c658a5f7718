import { createApp } from './app.js';

const { PORT = 8080 } = process.env;

try {
  const { url } = await createApp().run({ port: Number(PORT) });
  console.log(`
Open ${url} in two windows and talk. To see the way without WebSockets: ${url}/lobby?events. From a terminal:

  curl -N ${url}/lobby/events
  curl ${url}/lobby -H 'Content-Type: application/json' -d '{"name": "curl", "text": "Hello"}'
`);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(code === 'EADDRINUSE' ? `${message}\nFor example: PORT=3000 npm start -- chat` : message);
  process.exitCode = 1;
}

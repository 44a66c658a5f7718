// The same answer as bottlenose.mjs, by hand on node:http.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const path = request.url;
  const id = Number(path.slice(path.lastIndexOf('/') + 1));
  const body = JSON.stringify({ id, title: 'A post', tags: ['a', 'b'] });
  response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));

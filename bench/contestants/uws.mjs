// By hand on uWebSockets.js.
import uws from 'uWebSockets.js';
import { CHUNKS, database, HOST, PORT, post, SQL, TEXT } from './data.mjs';

function serve(build) {
  const app = uws.App();
  build(app);
  return new Promise((resolve) => {
    app.listen(HOST, PORT, (socket) => resolve(`http://${HOST}:${uws.us_socket_local_port(socket)}`));
  });
}

const sendJson = (response, value) => response.writeHeader('Content-Type', 'application/json').end(JSON.stringify(value));

export const text = () =>
  serve((app) => app.get('/hello', (response) => response.writeHeader('Content-Type', 'text/plain; charset=utf-8').end(TEXT)));
export const json = () =>
  serve((app) => app.get('/api/posts/:id', (response, request) => sendJson(response, post(Number(request.getParameter(0))))));

export const body = () =>
  serve((app) =>
    app.post('/posts', (response) => {
      const chunks = [];
      response.onAborted(() => {});
      response.onData((chunk, isLast) => {
        // The request object is invalid after this callback.
        chunks.push(isLast && chunks.length === 0 ? Buffer.from(chunk) : Buffer.from(chunk.slice(0)));
        if (isLast) sendJson(response, JSON.parse((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString()));
      });
    }),
  );

export const query = () =>
  serve((app) =>
    app.get('/search', (response, request) => {
      const [q, page, size, sort] = ['q', 'page', 'size', 'sort'].map((name) => request.getQuery(name));
      sendJson(response, { q, page: Number(page), size: Number(size), sort });
    }),
  );

export async function read() {
  const { db } = await database();
  const statement = db.prepare(SQL.read);
  return serve((app) =>
    app.get('/posts/:id', (response, request) => sendJson(response, statement.get(Number(request.getParameter(0))))),
  );
}

export const stream = () =>
  serve((app) =>
    app.get('/stream', (response) => {
      response.cork(() => {
        response.writeHeader('Content-Type', 'text/plain; charset=utf-8');
        for (const chunk of CHUNKS) response.write(chunk);
        response.end();
      });
    }),
  );

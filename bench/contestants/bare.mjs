// By hand on node:http, with only the necessary code. Nothing is validated; the others' ratios are to this.
import { createServer } from 'node:http';
import { CHUNKS, database, files, IDS, listening, post, SQL, sorted, TEXT } from './data.mjs';

const serve = (handler) => listening(createServer(handler));

function send(response, type, body, status = 200) {
  response.writeHead(status, ['Content-Type', type, 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
}

const sendJson = (response, value) => send(response, 'application/json', JSON.stringify(value));

/** The last segment of a path, as a number. */
const lastNumber = (path) => Number(path.slice(path.lastIndexOf('/') + 1));

export const text = () => serve((_request, response) => send(response, 'text/plain; charset=utf-8', TEXT));
export const json = () => serve((request, response) => sendJson(response, post(lastNumber(request.url))));

export const body = () =>
  serve((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      sendJson(response, JSON.parse(bytes.toString()));
    });
  });

export const query = () =>
  serve((request, response) => {
    const params = new URLSearchParams(request.url.slice(request.url.indexOf('?') + 1));
    const [q, page, size, sort] = ['q', 'page', 'size', 'sort'].map((name) => params.get(name));
    sendJson(response, { q, page: Number(page), size: Number(size), sort });
  });

export async function read() {
  const { db } = await database();
  const statement = db.prepare(SQL.read);
  return serve((request, response) => sendJson(response, statement.get(lastNumber(request.url))));
}

export async function reads() {
  const { db } = await database();
  const statement = db.prepare(SQL.read);
  return serve((_request, response) =>
    sendJson(
      response,
      IDS.map((id) => statement.get(id)),
    ),
  );
}

export async function write() {
  const { db } = await database();
  const statement = db.prepare(SQL.write);
  const visit = db.transaction((id) => statement.run(id).changes);
  return serve((request, response) =>
    sendJson(response, { id: lastNumber(request.url), visited: visit(lastNumber(request.url)) }),
  );
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (value) => String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);

export async function fortunes() {
  const { db } = await database();
  const statement = db.prepare(SQL.fortunes);
  return serve((_request, response) => {
    let page = '<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>';
    for (const { id, message } of sorted(statement.all())) page += `<tr><td>${escape(id)}</td><td>${escape(message)}</td></tr>`;
    send(response, 'text/html; charset=utf-8', `${page}</table></body></html>`);
  });
}

/** Opened, looked at and streamed for each request, as a file that may change has to be. */
export async function file() {
  const { open } = await import('node:fs/promises');
  const root = files();
  return serve(async (request, response) => {
    const handle = await open(root + request.url.slice(request.url.lastIndexOf('/')));
    const { size, mtime } = await handle.stat();
    response.writeHead(200, ['Content-Type', 'text/html', 'Content-Length', String(size), 'Last-Modified', mtime.toUTCString()]);
    handle.createReadStream().pipe(response);
  });
}

export const plugins = json;

/** One regular expression for all the routes: the least that a path of this kind needs. */
export const routes = () =>
  serve((request, response) => {
    const [, route, a, b] = /^\/r(\d+)\/([^/]+)\/items\/([^/]+)$/.exec(request.url);
    sendJson(response, { route: Number(route), a, b });
  });

export const stream = () =>
  serve((_request, response) => {
    response.writeHead(200, ['Content-Type', 'text/plain; charset=utf-8']);
    for (const chunk of CHUNKS) response.write(chunk);
    response.end();
  });

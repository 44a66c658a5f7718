// What sse-bottlenose.mjs does, by hand on node:http: open event streams, a heartbeat for each, an event for all.
import { createServer } from 'node:http';

const clients = new Set();
const everybody = (text) => {
  for (const response of clients) response.write(text);
};

const server = createServer((request, response) => {
  if (request.url === '/emit') {
    everybody('data: {"n":1}\n\n');
    response.end('ok');
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.write(':\n\n');
  clients.add(response);
  response.on('close', () => clients.delete(response));
});
setInterval(() => everybody(':\n\n'), Number(process.env.HEARTBEAT));
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGUSR2', () => globalThis.gc());

// The same answer as bottlenose.mjs, by hand on uWebSockets.js.
import uws from 'uWebSockets.js';

uws
  .App()
  .get('/api/posts/:id', (response, request) => {
    const body = JSON.stringify({ id: Number(request.getParameter(0)), title: 'A post', tags: ['a', 'b'] });
    response.writeHeader('Content-Type', 'application/json').end(body);
  })
  .listen('127.0.0.1', Number(process.env.PORT ?? 0), (socket) => {
    console.log(`http://127.0.0.1:${uws.us_socket_local_port(socket)}`);
  });

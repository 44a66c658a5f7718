// GET of a JSON object through a controller with one int wildcard, on the uws server, against a bare handler of uWebSockets.js.
import { contest, print } from './measure.mjs';

const here = (name) => new URL(`./servers/${name}.mjs`, import.meta.url).pathname;
const rows = await contest(
  [
    { name: 'uWebSockets.js', script: here('bare-uws') },
    { name: 'bottlenose, uws', script: here('bottlenose'), env: { SERVER: 'uws' } },
    { name: 'bottlenose, node', script: here('bottlenose') },
  ],
  '/api/posts/7',
  { rounds: Number(process.argv[2] ?? 5) },
);
print('GET of JSON with one int wildcard', rows);

// GET of a JSON object through a controller with one int wildcard, against bare node:http writing the same bytes.
import { contest, print } from './measure.mjs';

const here = (name) => new URL(`./servers/${name}.mjs`, import.meta.url).pathname;
const rows = await contest(
  [
    { name: 'node:http', script: here('bare') },
    { name: 'bottlenose', script: here('bottlenose') },
  ],
  '/api/posts/7',
  { rounds: Number(process.argv[2] ?? 5) },
);
print('GET of JSON with one int wildcard', rows);

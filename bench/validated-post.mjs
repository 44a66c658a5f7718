// POST of a validated DTO (four fields) against bare node:http without validation, Fastify with a schema, NestJS on Fastify with
// its ValidationPipe, and routing-controllers. Install the peers first: (cd bench/peers && npm install).
import { contest, print, start } from './measure.mjs';

const here = (name) => new URL(name, import.meta.url).pathname;
const contestants = [
  { name: 'node:http, unchecked', script: here('./servers/bare-post.mjs') },
  { name: 'bottlenose', script: here('./servers/bottlenose-post.mjs') },
  { name: 'Fastify + schema', script: here('./peers/fastify.mjs') },
  { name: 'NestJS + Fastify', script: here('./peers/nest.mjs') },
  { name: 'routing-controllers', script: here('./peers/routing-controllers.mjs') },
];

// All must give the same answer, and refuse the same mistake, before they are compared.
const good = { title: 'A post', author: 'Ada', rating: 5, tags: ['a'] };
for (const { name, script } of contestants) {
  const server = await start(script);
  const post = (data) =>
    fetch(`${server.url}/posts`, { method: 'POST', body: JSON.stringify(data), headers: { 'content-type': 'application/json' } });
  const answer = await post(good);
  if (answer.status !== 200 || JSON.stringify(await answer.json()) !== JSON.stringify(good))
    throw new Error(`${name} answers differently`);
  if (name !== contestants[0].name && (await post({ ...good, rating: 6 })).status < 400)
    throw new Error(`${name} does not validate`);
  await server.stop();
}
print(
  'POST of a validated DTO',
  await contest(contestants, '/posts', { rounds: Number(process.argv[2] ?? 5), script: here('./post.lua') }),
);

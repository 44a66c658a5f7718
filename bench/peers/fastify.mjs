import fastify from 'fastify';

const app = fastify();
const properties = {
  title: { type: 'string', minLength: 1, maxLength: 80 },
  author: { type: 'string', minLength: 1, maxLength: 40 },
  rating: { type: 'integer', minimum: 1, maximum: 5 },
  tags: { type: 'array', maxItems: 10, items: { type: 'string' } },
};
const body = { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
app.post('/posts', { schema: { body } }, async (request) => request.body);
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));

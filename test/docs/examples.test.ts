import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Bottle } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { root } from './page.js';

const copy = join(root, 'build/examples-plain');
const work = mkdtempSync(join(tmpdir(), 'examples-'));

beforeAll(() => {
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(root, 'examples'), copy, { recursive: true, filter: (path) => !/\.test\.ts$|\.db/.test(path) });
});
afterAll(() => rmSync(work, { recursive: true }));

/** An example's app, compiled without metadata, with what it has warned of. */
async function open(name: string, ...args: unknown[]): Promise<{ app: Bottle; warnings: string[] }> {
  const warnings: string[] = [];
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)));
  const module = (await import(pathToFileURL(join(copy, name, 'app.ts')).href)) as {
    createApp?(...args: unknown[]): Bottle;
    default?: Bottle;
  };
  const app = module.createApp?.(...args) ?? (module.default as Bottle);
  app.check();
  warn.mockRestore();
  return { app, warnings };
}

it('the blog refuses an empty form where the compiler emits no metadata', async () => {
  const { app, warnings } = await open('blog', { file: join(work, 'blog.db') });
  const client = new TestClient(app);
  const refused = await client.post('/posts/new', { form: {} });
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('A post needs a title.')]);
  expect((await client.get('/', { query: { page: 'x' } })).status).toBe(422);
  expect(warnings).toEqual([]);
  await app.close();
});

it('the to-do list validates bodies and converts queries where the compiler emits no metadata', async () => {
  const { app, warnings } = await open('todo', join(work, 'todo.db'));
  const client = new TestClient(app);
  expect((await client.post('/api/todos', { json: { title: '' } })).status).toBe(422);
  expect((await client.post('/api/todos', { json: { title: 'Tea' } })).status).toBe(201);
  expect((await client.get('/api/todos', { query: { done: false } })).json).toHaveLength(1);
  expect((await client.get('/api/todos', { query: { done: 'x' } })).status).toBe(422);
  expect(warnings).toEqual([]);
  await app.close();
});

it.each<[string, unknown[]]>([
  ['chat', []],
  ['todo-backend', []],
  ['conduit', [{ file: join(work, 'conduit.db') }]],
])('%s says of everything what it is, so that no compiler need tell', async (name, args) => {
  const { app, warnings } = await open(name, ...args);
  expect(warnings).toEqual([]);
  await app.close();
});

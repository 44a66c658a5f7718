import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bottle } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { createApp } from './app.js';
import type { Todo } from './todo.js';

let folder: string;
let app: Bottle;
let client: TestClient;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'todo-'));
  app = createApp(join(folder, 'todo.db'));
  client = new TestClient(app);
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

describe('the page', () => {
  it('begins empty', async () => {
    const page = await client.get('/');
    expect(page.headers['content-type']).toBe('text/html; charset=UTF-8');
    expect(page.text).toMatch(/^<!DOCTYPE html>[\s\S]*Nothing here\.[\s\S]*<\/html>\s*$/);
  });

  it('shows what its form adds, escaped', async () => {
    const answer = await client.post('/', { form: { title: ' <b>Buy</b> "milk" ' } });
    expect([answer.status, answer.location]).toEqual([303, '/']);
    const { text } = await client.get('/');
    expect(text).toContain('<span>&lt;b&gt;Buy&lt;/b&gt; &quot;milk&quot;</span>');
    expect(text).not.toContain('<b>');
  });

  it('shows a refused form again, with what was typed and why', async () => {
    await client.post('/', { form: { title: 'Buy milk' } });
    const twice = await client.post('/', { form: { title: 'buy MILK' } });
    expect(twice.status).toBe(409);
    expect(twice.text).toContain('<p role="alert">This exists already.</p>');
    expect(twice.text).toContain('value="buy MILK"');
    expect(twice.text).toContain('<span>Buy milk</span>');
    const blank = await client.post('/', { form: { title: '  ' } });
    expect(blank.status).toBe(422);
    expect(blank.text).toContain('<p role="alert">title must not be blank</p>');
  });

  it('closes, reopens and deletes', async () => {
    await client.post('/', { form: { title: 'Buy milk' } });
    const done = await client.post('/1', { form: { done: true }, follow: true });
    expect(done.text).toContain('<li class="done">');
    expect((await client.get('/?done=false')).text).toContain('Nothing here.');
    expect((await client.get('/?done=true')).text).toContain('<a href="/?done=true" aria-current="page">');
    expect((await client.post('/1', { form: { done: false }, follow: true })).text).toContain('<li class="open">');
    expect((await client.post('/1/delete', { follow: true })).text).toContain('Nothing here.');
  });

  it('of an error is the app’s own', async () => {
    const missing = await client.get('/<nowhere>');
    expect(missing.status).toBe(404);
    expect(missing.text).toContain('<h1>Not Found</h1>');
    expect(missing.text).not.toContain('<nowhere>');
    expect((await client.post('/9/delete')).text).toContain('There is no to-do 9.');
    expect((await client.delete('/')).status).toBe(405);
  });
});

describe('the app', () => {
  it('keeps its list in the file', async () => {
    await client.post('/api/todos', { json: { title: 'Buy milk' } });
    await app.close();
    app = createApp(join(folder, 'todo.db'));
    expect((await new TestClient(app).get<Todo[]>('/api/todos')).json.map(({ title }) => title)).toEqual(['Buy milk']);
  });

  it('refuses by the API what is there already', async () => {
    await client.post('/', { form: { title: 'Buy milk' } });
    const answer = await client.post('/api/todos', { json: { title: 'BUY MILK' } });
    expect([answer.status, answer.json]).toEqual([409, expect.objectContaining({ detail: 'This exists already.' })]);
  });

  it('answers over a socket as in process', async () => {
    const server = await app.run({ port: 0, quiet: true });
    try {
      const made = await fetch(`${server.url}/api/todos`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"title":"Buy milk"}',
      });
      expect([made.status, await made.json()]).toEqual([201, expect.objectContaining({ id: 1, title: 'Buy milk' })]);
      const done = await fetch(`${server.url}/1`, { method: 'POST', body: new URLSearchParams({ done: 'true' }) });
      expect([done.redirected, done.url, await done.text()]).toEqual([
        true,
        `${server.url}/`,
        expect.stringContaining('Buy milk'),
      ]);
      const gone = await fetch(`${server.url}/api/todos/1`, { method: 'DELETE' });
      expect([gone.status, await gone.text()]).toEqual([204, '']);
    } finally {
      await server.close();
    }
  });
});

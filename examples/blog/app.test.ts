import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bottle } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { createApp } from './app.js';

let folder: string;
let app: Bottle;
let client: TestClient;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'blog-'));
  app = createApp({ file: join(folder, 'blog.db') });
  client = new TestClient(app);
});

afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const post = { title: '<b>Tea</b>', body: 'One & one.\n\nTwo.' };

/** The text of an HTML page, its parts a space apart. */
function words(html: string): string {
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

it('does not start with an empty secret', () => {
  expect(() => createApp({ file: join(folder, 'other.db'), secret: '' })).toThrow('set BLOG_SECRET');
});

describe('reading', () => {
  it('begins with an empty page', async () => {
    const page = await client.get('/');
    expect(page.headers['content-type']).toBe('text/html; charset=UTF-8');
    expect(page.text).toMatch(/^<!DOCTYPE html>[\s\S]*Nothing has been written yet\.[\s\S]*<\/html>\s*$/);
  });

  it('shows a post in the list and on its page, escaped, in paragraphs', async () => {
    await client.post('/posts/new', { form: post });
    const list = await client.get('/');
    expect(list.text).toContain('<a href="/posts/1">&lt;b&gt;Tea&lt;/b&gt;</a>');
    expect(list.text).toContain('no comments');
    const page = await client.get('/posts/1');
    expect(page.text).toContain('<title>&lt;b&gt;Tea&lt;/b&gt; · Marginalia</title>');
    expect(page.text).toMatch(/<p>One &amp; one\.<\/p>\s*<p>Two\.<\/p>/);
    expect(page.text).not.toContain('<b>');
  });

  it('turns pages', async () => {
    for (let n = 1; n <= 6; n++) await client.post('/posts/new', { form: { title: `Post ${n}`, body: 'x' } });
    const first = await client.get('/');
    expect(words(first.text)).toContain('Page 1 of 2 Older →');
    const second = await client.get('/?page=2');
    expect(words(second.text)).toContain('← Newer Page 2 of 2');
    expect(second.text).toContain('Post 1');
    expect((await client.get('/?page=3')).status).toBe(404);
    const wrong = await client.get('/?page=x');
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('Back to the posts')]);
  });

  it('has its style, and lets browsers load nothing from elsewhere', async () => {
    const style = await client.get('/static/style.css');
    expect([style.status, style.headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/css/)]);
    expect((await client.get('/static/../app.ts')).status).toBe(404);
    expect((await client.get('/')).headers['content-security-policy']).toContain("default-src 'self'");
  });

  it('shows an error on a page of the blog', async () => {
    const missing = await client.get('/posts/9');
    expect([missing.status, words(missing.text)]).toEqual([404, expect.stringContaining('Not Found There is no post 9.')]);
    expect((await client.get('/<nowhere>')).text).toContain('Back to the posts');
    expect((await client.get('/<nowhere>')).text).not.toContain('<nowhere>');
  });
});

describe('writing', () => {
  it('leads to the post, with a message that is shown once', async () => {
    const answer = await client.post('/posts/new', { form: post });
    expect([answer.status, answer.location]).toEqual([303, '/posts/1']);
    expect(answer.headers['set-cookie']).toMatch(/^flash=.*HttpOnly/);
    expect((await client.get('/posts/1')).text).toContain('role="status">“&lt;b&gt;Tea&lt;/b&gt;” is published.</p>');
    expect((await client.get('/posts/1')).text).not.toContain('role="status"');
  });

  it('trusts only messages that it has signed itself', async () => {
    const page = await client.get('/', { headers: { Cookie: 'flash="Your account is locked."' } });
    expect([page.status, page.text]).toEqual([200, expect.not.stringContaining('locked')]);
  });

  it('shows the mistakes beside their fields, and keeps what was written', async () => {
    const answer = await client.post('/posts/new', { form: { title: ' ', body: 'A "long" <text>' } });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('<strong id="title-error" role="alert">A post needs a title.</strong>');
    expect(answer.text).toContain('aria-describedby="title-error"');
    expect(answer.text).toContain('A &quot;long&quot; &lt;text&gt;</textarea>');
    expect(answer.text).not.toContain('body-error');
    expect((await client.get('/')).text).toContain('Nothing has been written yet.');
  });

  it('keeps the first line break of a text', async () => {
    const answer = await client.post('/posts/new', { form: { title: '', body: '\nverse' } });
    // HTML drops the line break after the tag.
    expect(answer.text).toMatch(/<textarea[^>]*>\n\nverse<\/textarea>/);
  });

  it('refuses a title that is taken, beside the field', async () => {
    await client.post('/posts/new', { form: post });
    const twice = await client.post('/posts/new', { form: { title: '<B>tea</B>', body: 'Other.' } });
    expect([twice.status, twice.text]).toEqual([409, expect.stringContaining('There is a post of this title.')]);
  });

  it('changes and deletes', async () => {
    await client.post('/posts/new', { form: post });
    expect((await client.get('/posts/1/edit')).text).toContain('value="&lt;b&gt;Tea&lt;/b&gt;"');
    const wrong = await client.post('/posts/1/edit', { form: { title: 'x'.repeat(81), body: '' } });
    expect(wrong.text).toContain('action="/posts/1/edit"');
    expect(words(wrong.text)).toMatch(/Title At most 80 characters, please\. .*Text Write something\./);
    const changed = await client.post('/posts/1/edit', { form: { title: 'Coffee', body: 'x' }, follow: true });
    expect(words(changed.text)).toContain('Your changes are saved. Coffee');
    const deleted = await client.post('/posts/1/delete', { follow: true });
    expect(words(deleted.text)).toContain('The post is deleted. Nothing has been written yet.');
    expect((await client.post('/posts/1/delete')).status).toBe(404);
  });

  it('is not possible from pages of other sites', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' };
    const answer = await client.post('/posts/new', { form: post, headers });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('<h1>Forbidden</h1>')]);
  });
});

describe('commenting', () => {
  beforeEach(() => client.post('/posts/new', { form: post }));

  it('puts the comment below the post', async () => {
    const page = await client.post('/posts/1/comments', { form: { author: 'Ada', text: '<i>Nice</i>' }, follow: true });
    expect(words(page.text)).toContain('Thank you, Ada.');
    expect(page.text).toContain('<p>&lt;i&gt;Nice&lt;/i&gt;</p>');
    expect(page.text).toContain('one comment');
  });

  it('shows the mistakes on the page of the post', async () => {
    const page = await client.post('/posts/1/comments', { form: { author: 'Ada', text: '' } });
    expect(page.status).toBe(422);
    expect(page.text).toContain('<h1>&lt;b&gt;Tea&lt;/b&gt;</h1>');
    expect(page.text).toContain('value="Ada"');
    expect(page.text).toContain('<strong id="text-error" role="alert">Write something.</strong>');
  });

  it('needs a post', async () => {
    for (const text of ['Hello', '']) {
      const answer = await client.post('/posts/9/comments', { form: { author: 'Ada', text } });
      expect([answer.status, words(answer.text)]).toEqual([404, expect.stringContaining('There is no post 9.')]);
    }
  });
});

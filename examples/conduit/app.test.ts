import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bottle } from 'bottlenose';
import { TestClient } from 'bottlenose/testing';
import { createApp } from './app.js';
import type { Article, Summary } from './articles/article.js';
import type { Comment } from './comments/comment.js';
import type { Profile } from './profiles/store.js';
import { againstSpecification } from './specification.js';
import type { OwnUser } from './users/user.js';

/** Whatever an answer holds. */
interface Answer {
  user: OwnUser;
  profile: Profile;
  article: Article;
  articles: Summary[];
  articlesCount: number;
  comment: Comment;
  comments: Comment[];
  tags: string[];
  errors: Record<string, string[]>;
}

const problemsOf = againstSpecification();
const MISSING = { errors: { token: ['is missing'] } };
const BLANK = ["can't be blank"];

let file: string;
let app: Bottle;
let client: TestClient;
/** The tokens of two users. */
let ada: string;
let bob: string;

let made = 0;
const folder = mkdtempSync(join(tmpdir(), 'conduit-'));

/** Starts an app, with a database that has both. To hash their passwords takes longer than most tests. */
async function start(): Promise<void> {
  file = join(folder, `${made++}.db`);
  if (made > 1) copyFileSync(join(folder, '0.db'), file);
  app = createApp({ file });
  client = new TestClient(app);
  if (made === 1) [ada, bob] = [await register('ada'), await register('bob')];
}

beforeAll(() => start().then(() => app.close()));
beforeEach(start);
afterEach(() => app.close());
afterAll(() => rmSync(folder, { recursive: true }));

/** Asks, as the owner of a token or as nobody, and holds every answer against the specification. */
async function ask(verb: string, path: string, token?: string, json?: unknown): Promise<{ status: number; json: Answer }> {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Token ${token}` };
  const answer = await client.request<Answer>(verb, `/api${path}`, { headers, json });
  const body = answer.text === '' ? undefined : answer.json;
  expect(problemsOf(verb, path, answer.status, body)).toEqual([]);
  return { status: answer.status, json: body as Answer };
}

async function register(username: string): Promise<string> {
  const user = { username, email: `${username}@example.com`, password: 'analytical' };
  const { status, json } = await ask('POST', '/users', undefined, { user });
  expect(status).toBe(201);
  return json.user.token;
}

async function write(token: string, title: string, tagList?: string[]): Promise<string> {
  const { status, json } = await ask('POST', '/articles', token, {
    article: { title, description: 'About it', body: 'All of it', tagList },
  });
  expect(status).toBe(201);
  return json.article.slug;
}

describe('an account', () => {
  it('is opened, entered and read', async () => {
    const user = { username: 'ada', email: 'ada@example.com', bio: null, image: null, token: expect.any(String) };
    const entered = await ask('POST', '/users/login', undefined, { user: { email: 'ada@example.com', password: 'analytical' } });
    expect(entered).toEqual({ status: 200, json: { user } });
    expect(await ask('GET', '/user', entered.json.user.token)).toEqual({ status: 200, json: { user } });
  });

  it.each(['username', 'email', 'password'])('needs a %s', async (field) => {
    const user = { username: 'eve', email: 'eve@example.com', password: 'x' };
    for (const value of ['', '  ', null, undefined]) {
      const { status, json } = await ask('POST', '/users', undefined, { user: { ...user, [field]: value } });
      expect([status, json]).toEqual([422, { errors: { [field]: BLANK } }]);
    }
  });

  it('needs an address that can be one', async () => {
    const { json } = await ask('POST', '/users', undefined, { user: { username: 'eve', email: 'nowhere', password: 'x' } });
    expect(json).toEqual({ errors: { email: ['is invalid'] } });
    expect((await ask('POST', '/users', undefined, {})).json).toEqual({ errors: { user: expect.any(Array) } });
  });

  it('has a name and an address that nobody else has', async () => {
    const taken = ['has already been taken'];
    const asAda = await ask('POST', '/users', undefined, { user: { username: 'ADA', email: 'a@example.com', password: 'x' } });
    expect(asAda).toEqual({ status: 422, json: { errors: { username: taken } } });
    const atAdas = await ask('PUT', '/user', bob, { user: { email: 'Ada@example.com' } });
    expect(atAdas).toEqual({ status: 422, json: { errors: { email: taken } } });
    expect((await ask('PUT', '/user', ada, { user: { email: 'Ada@example.com' } })).status).toBe(200);
  });

  it('refuses a wrong password', async () => {
    for (const user of [
      { email: 'ada@example.com', password: 'x' },
      { email: 'eve@example.com', password: 'analytical' },
    ]) {
      const answer = await ask('POST', '/users/login', undefined, { user });
      expect(answer).toEqual({ status: 401, json: { errors: { credentials: ['invalid'] } } });
    }
    const { json } = await ask('POST', '/users/login', undefined, { user: { email: '', password: '' } });
    expect(json).toEqual({ errors: { email: BLANK, password: BLANK } });
  });

  it('changes in what is sent alone', async () => {
    const changed = await ask('PUT', '/user', ada, { user: { bio: 'Counts', image: 'https://example.com/ada.png' } });
    expect(changed.json.user).toMatchObject({ username: 'ada', bio: 'Counts', image: 'https://example.com/ada.png' });
    expect((await ask('PUT', '/user', ada, { user: { bio: '' } })).json.user).toMatchObject({
      bio: null,
      image: 'https://example.com/ada.png',
    });
    expect((await ask('PUT', '/user', ada, { user: { image: null } })).json.user.image).toBeNull();
    await ask('PUT', '/user', ada, { user: { username: 'lovelace', email: 'al@example.com', password: 'engine' } });
    expect((await ask('GET', '/user', ada)).json.user).toMatchObject({
      username: 'lovelace',
      email: 'al@example.com',
      bio: null,
    });
    const { status } = await ask('POST', '/users/login', undefined, { user: { email: 'al@example.com', password: 'engine' } });
    expect(status).toBe(200);
  });

  it.each(['username', 'email', 'password'])('cannot lose its %s', async (field) => {
    for (const value of ['', null]) {
      const { status, json } = await ask('PUT', '/user', ada, { user: { [field]: value } });
      expect([status, json]).toEqual([422, { errors: { [field]: BLANK } }]);
    }
  });
});

describe('a token', () => {
  it.each([
    ['GET', '/user'],
    ['PUT', '/user'],
    ['POST', '/profiles/ada/follow'],
    ['DELETE', '/profiles/ada/follow'],
    ['GET', '/articles/feed'],
    ['POST', '/articles'],
    ['PUT', '/articles/some-slug'],
    ['DELETE', '/articles/some-slug'],
    ['POST', '/articles/some-slug/favorite'],
    ['DELETE', '/articles/some-slug/favorite'],
    ['POST', '/articles/some-slug/comments'],
    ['DELETE', '/articles/some-slug/comments/1'],
  ])('is needed for %s %s', async (verb, path) => {
    expect(await ask(verb, path)).toEqual({ status: 401, json: MISSING });
  });

  it('has to be one of ours', async () => {
    const invalid = { status: 401, json: { errors: { token: ['is invalid'] } } };
    const [head, body] = ada.split('.');
    for (const token of ['abc', 'a.b.c', `${head}.${body}.`, `eyJhbGciOiJub25lIn0.${body}.`]) {
      expect(await ask('GET', '/user', token)).toEqual(invalid);
      expect(await ask('GET', '/articles', token)).toEqual(invalid);
    }
    const other = createApp({ file: join(folder, 'conduit.db'), secret: 'another' });
    const answer = await new TestClient(other).get('/api/user', { headers: { Authorization: `Token ${ada}` } });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Token']);
    await other.close();
  });
});

describe('a profile', () => {
  it('is seen by all, and followed by some', async () => {
    const profile = { username: 'ada', bio: null, image: null, following: false };
    expect((await ask('GET', '/profiles/ada')).json).toEqual({ profile });
    expect((await ask('POST', '/profiles/ada/follow', bob)).json).toEqual({ profile: { ...profile, following: true } });
    expect((await ask('POST', '/profiles/ada/follow', bob)).json.profile.following).toBe(true);
    expect((await ask('GET', '/profiles/ada', bob)).json.profile.following).toBe(true);
    expect((await ask('GET', '/profiles/ada')).json.profile.following).toBe(false);
    expect((await ask('DELETE', '/profiles/ada/follow', bob)).json.profile.following).toBe(false);
    expect((await ask('GET', '/profiles/ada', bob)).json.profile.following).toBe(false);
  });

  it.each([
    ['GET', '/profiles/nobody'],
    ['POST', '/profiles/nobody/follow'],
    ['DELETE', '/profiles/nobody/follow'],
  ])('has to be there for %s %s', async (verb, path) => {
    expect(await ask(verb, path, ada)).toEqual({ status: 404, json: { errors: { profile: ['not found'] } } });
  });
});

describe('an article', () => {
  it('is published, read and listed', async () => {
    const slug = await write(ada, 'How to train your Drag\u00f6n?', ['training', 'dragons', 'training', ' ']);
    expect(slug).toBe('how-to-train-your-dragon');
    const { json } = await ask('GET', `/articles/${slug}`);
    expect(json.article).toMatchObject({
      title: 'How to train your Drag\u00f6n?',
      description: 'About it',
      body: 'All of it',
      tagList: ['training', 'dragons'],
      favorited: false,
      favoritesCount: 0,
      author: { username: 'ada', following: false },
    });
    expect(json.article.createdAt).toBe(json.article.updatedAt);
    const { body, ...summary } = json.article;
    expect((await ask('GET', '/articles')).json).toEqual({ articles: [summary], articlesCount: 1 });
  });

  it('has an address of its own, whatever its title', async () => {
    expect([await write(ada, 'Tea'), await write(bob, 'tea!'), await write(ada, 'TEA')]).toEqual(['tea', 'tea-2', 'tea-3']);
    expect([await write(ada, 'Feed'), await write(ada, '\u{1f409}')]).toEqual(['feed-2', 'article']);
    const russian = await write(ada, '\u0427\u0430\u0439');
    expect((await ask('GET', `/articles/${encodeURIComponent(russian)}`)).json.article.title).toBe('\u0427\u0430\u0439');
  });

  it.each(['title', 'description', 'body'])('needs a %s', async (field) => {
    const article = { title: 'Tea', description: 'About it', body: 'All of it' };
    const { status, json } = await ask('POST', '/articles', ada, { article: { ...article, [field]: '' } });
    expect([status, json]).toEqual([422, { errors: { [field]: BLANK } }]);
    expect((await ask('GET', '/articles')).json.articlesCount).toBe(0);
  });

  it('changes in what is sent alone, and its address with its title', async () => {
    const slug = await write(ada, 'Tea', ['drinks', 'hot']);
    const changed = await ask('PUT', `/articles/${slug}`, ada, { article: { body: 'More of it' } });
    expect(changed.json.article).toMatchObject({ slug, title: 'Tea', body: 'More of it', tagList: ['drinks', 'hot'] });
    const renamed = await ask('PUT', `/articles/${slug}`, ada, { article: { title: 'Coffee' } });
    expect(renamed.json.article).toMatchObject({ slug: 'coffee', body: 'More of it' });
    expect((await ask('GET', `/articles/${slug}`)).status).toBe(404);
    const bare = await ask('PUT', '/articles/coffee', ada, { article: { tagList: [] } });
    expect(bare.json.article).toMatchObject({ slug: 'coffee', tagList: [] });
    const refused = await ask('PUT', '/articles/coffee', ada, { article: { tagList: null, title: '' } });
    expect(refused).toEqual({ status: 422, json: { errors: { tagList: ['is invalid'], title: BLANK } } });
  });

  it('is its author\u2019s', async () => {
    const slug = await write(ada, 'Tea');
    const forbidden = { status: 403, json: { errors: { article: ['forbidden'] } } };
    expect(await ask('PUT', `/articles/${slug}`, bob, { article: { body: 'Mine' } })).toEqual(forbidden);
    expect(await ask('DELETE', `/articles/${slug}`, bob)).toEqual(forbidden);
    expect(await ask('DELETE', `/articles/${slug}`, ada)).toEqual({ status: 204, json: undefined });
    expect((await ask('GET', `/articles/${slug}`)).status).toBe(404);
  });

  it.each([
    ['GET', ''],
    ['PUT', ''],
    ['DELETE', ''],
    ['POST', '/favorite'],
    ['DELETE', '/favorite'],
    ['GET', '/comments'],
    ['POST', '/comments'],
    ['DELETE', '/comments/1'],
  ])('has to be there for %s /articles/<slug>%s', async (verb, rest) => {
    const json = { article: { body: 'x' }, comment: { body: 'x' } };
    const answer = await ask(verb, `/articles/nothing${rest}`, ada, verb === 'GET' ? undefined : json);
    expect(answer).toEqual({ status: 404, json: { errors: { article: ['not found'] } } });
  });

  it('is somebody\u2019s favourite, or not', async () => {
    const slug = await write(ada, 'Tea');
    for (const _ of [1, 2]) {
      const { status, json } = await ask('POST', `/articles/${slug}/favorite`, bob);
      expect([status, json.article.favorited, json.article.favoritesCount]).toEqual([200, true, 1]);
    }
    expect((await ask('GET', `/articles/${slug}`)).json.article).toMatchObject({ favorited: false, favoritesCount: 1 });
    expect((await ask('GET', '/articles?favorited=bob', bob)).json.articles).toMatchObject([{ slug, favorited: true }]);
    expect((await ask('DELETE', `/articles/${slug}/favorite`, bob)).json.article).toMatchObject({
      favorited: false,
      favoritesCount: 0,
    });
    expect((await ask('GET', '/articles?favorited=bob')).json.articlesCount).toBe(0);
  });
});

describe('a list of articles', () => {
  const titles = ({ articles, articlesCount }: Answer) => [articlesCount, ...articles.map(({ title }) => title)];

  it('has the newest first, a page at a time', async () => {
    for (const title of ['One', 'Two', 'Three']) await write(ada, title);
    expect(titles((await ask('GET', '/articles')).json)).toEqual([3, 'Three', 'Two', 'One']);
    expect(titles((await ask('GET', '/articles?limit=1&offset=1')).json)).toEqual([3, 'Two']);
    expect(titles((await ask('GET', '/articles?offset=3')).json)).toEqual([3]);
    for (const query of ['limit=0', 'limit=x', 'offset=-1', 'limit=1e99']) {
      const [field = ''] = query.split('=');
      const answer = await ask('GET', `/articles?${query}`);
      expect(answer).toEqual({ status: 422, json: { errors: { [field]: [expect.any(String)] } } });
    }
  });

  it('is of twenty, unless told', async () => {
    for (let n = 1; n <= 21; n++) await write(ada, `Post ${n}`);
    const { json } = await ask('GET', '/articles');
    expect([json.articles.length, json.articlesCount]).toEqual([20, 21]);
  });

  it('is chosen by author and tag', async () => {
    await write(ada, 'Tea', ['drinks', 'hot']);
    await write(bob, 'Beer', ['drinks']);
    expect(titles((await ask('GET', '/articles?author=bob')).json)).toEqual([1, 'Beer']);
    expect(titles((await ask('GET', '/articles?tag=hot&limit=5')).json)).toEqual([1, 'Tea']);
    expect(titles((await ask('GET', '/articles?tag=drinks&author=ada')).json)).toEqual([1, 'Tea']);
    expect(titles((await ask('GET', '/articles?author=nobody')).json)).toEqual([0]);
    expect((await ask('GET', '/tags')).json).toEqual({ tags: ['drinks', 'hot'] });
  });

  it('is a feed of the users that one follows', async () => {
    await write(ada, 'Tea');
    await write(bob, 'Beer');
    await write(ada, 'Coffee');
    expect(titles((await ask('GET', '/articles/feed', bob)).json)).toEqual([0]);
    await ask('POST', '/profiles/ada/follow', bob);
    const { json } = await ask('GET', '/articles/feed?limit=1', bob);
    expect(titles(json)).toEqual([2, 'Coffee']);
    expect(json.articles[0]?.author).toMatchObject({ username: 'ada', following: true });
    expect(titles((await ask('GET', '/articles/feed?limit=1&offset=1', bob)).json)).toEqual([2, 'Tea']);
  });
});

describe('a comment', () => {
  it('is made, read, and deleted by who made it', async () => {
    const slug = await write(ada, 'Tea');
    const { status, json } = await ask('POST', `/articles/${slug}/comments`, bob, { comment: { body: 'Hear, hear' } });
    expect(status).toBe(200);
    expect(json.comment).toMatchObject({ body: 'Hear, hear', author: { username: 'bob', following: false } });
    await ask('POST', `/articles/${slug}/comments`, ada, { comment: { body: 'Thank you' } });
    const bodies = async () => (await ask('GET', `/articles/${slug}/comments`)).json.comments.map(({ body }) => body);
    expect(await bodies()).toEqual(['Hear, hear', 'Thank you']);
    const place = `/articles/${slug}/comments/${json.comment.id}`;
    expect(await ask('DELETE', place, ada)).toEqual({ status: 403, json: { errors: { comment: ['forbidden'] } } });
    expect((await ask('DELETE', place, bob)).status).toBe(204);
    expect(await ask('DELETE', place, bob)).toEqual({ status: 404, json: { errors: { comment: ['not found'] } } });
    expect(await bodies()).toEqual(['Thank you']);
  });

  it('is on its own article alone', async () => {
    const [tea, beer] = [await write(ada, 'Tea'), await write(ada, 'Beer')];
    const { json } = await ask('POST', `/articles/${tea}/comments`, ada, { comment: { body: 'x' } });
    expect((await ask('DELETE', `/articles/${beer}/comments/${json.comment.id}`, ada)).status).toBe(404);
  });

  it('says something', async () => {
    const slug = await write(ada, 'Tea');
    const answer = await ask('POST', `/articles/${slug}/comments`, ada, { comment: { body: ' ' } });
    expect(answer).toEqual({ status: 422, json: { errors: { body: BLANK } } });
  });

  it('goes with its article', async () => {
    const slug = await write(ada, 'Tea', ['drinks']);
    await ask('POST', `/articles/${slug}/comments`, bob, { comment: { body: 'x' } });
    await ask('POST', `/articles/${slug}/favorite`, bob);
    expect((await ask('DELETE', `/articles/${slug}`, ada)).status).toBe(204);
    expect((await ask('GET', '/tags')).json).toEqual({ tags: [] });
    expect(await write(ada, 'Tea')).toBe('tea');
    expect((await ask('GET', '/articles/tea/comments')).json).toEqual({ comments: [] });
  });
});

describe('the app', () => {
  it('has one shape for all errors', async () => {
    expect((await client.get('/api/nowhere')).json).toEqual({ errors: { body: [expect.any(String)] } });
    const broken = await client.post('/api/users', { body: '{', headers: { 'Content-Type': 'application/json' } });
    expect([broken.status, broken.json]).toEqual([400, { errors: { body: [expect.any(String)] } }]);
    expect((await client.patch('/api/user')).status).toBe(405);
  });

  it('answers pages of other origins', async () => {
    const headers = { Origin: 'https://conduit.example', 'Access-Control-Request-Method': 'PUT' };
    const preflight = await client.request('OPTIONS', '/api/user', { headers });
    expect(preflight.headers['access-control-allow-origin']).toBe('*');
    expect((await client.get('/api/user', { headers })).headers['access-control-allow-origin']).toBe('*');
  });

  it('keeps what it knows', async () => {
    await write(ada, 'Tea');
    await app.close();
    app = createApp({ file });
    client = new TestClient(app);
    expect((await ask('GET', '/articles/tea')).json.article.title).toBe('Tea');
  });
});

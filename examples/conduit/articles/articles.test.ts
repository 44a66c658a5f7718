import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from 'bottlenose/sqlite';
import { isolate } from 'bottlenose/testing';
import { Tokens } from '../auth/tokens.js';
import { database } from '../fixture.js';
import { Profiles } from '../profiles/profiles.js';
import { Articles } from './articles.js';
import { Favorites } from './favorites.js';
import type { ArticleList } from './store.js';
import { Tags } from './tags.js';

const PAGE = { limit: 20, offset: 0 };
const articles = new Articles();
let db: Database;
let ada: number;
let bob: number;

beforeEach(() => {
  ({ db, ada, bob } = database());
  articles.create(ada, { title: 'Tea', description: 'Hot', body: 'Leaves', tagList: ['drinks', 'hot'] }, db);
  articles.create(bob, { title: 'Beer', description: 'Cold', body: 'Hops', tagList: ['drinks'] }, db);
});

describe('the methods of Articles, called as they are', () => {
  const slugs = ({ articles: some }: ArticleList) => some.map(({ slug }) => slug);

  it('show gives an article as the viewer sees it', () => {
    expect(articles.show(null, 'tea', db).article).toMatchObject({
      body: 'Leaves',
      tagList: ['drinks', 'hot'],
      favorited: false,
    });
    new Favorites().add(bob, 'tea', db);
    new Profiles().follow(bob, 'ada', db);
    expect(articles.show(bob, 'tea', db).article).toMatchObject({ favorited: true, author: { following: true } });
    expect(() => articles.show(null, 'milk', db)).toThrow('article not found');
  });

  it('list chooses', () => {
    expect(slugs(articles.list(null, PAGE, db))).toEqual(['beer', 'tea']);
    expect(slugs(articles.list(null, { ...PAGE, author: 'ada', tag: 'drinks' }, db))).toEqual(['tea']);
    expect(articles.list(null, { limit: 1, offset: 1 }, db)).toMatchObject({ articles: [{ slug: 'tea' }], articlesCount: 2 });
    expect(articles.list(null, { ...PAGE, tag: '%' }, db)).toEqual({ articles: [], articlesCount: 0 });
  });

  it('feed is by the users that one follows', () => {
    expect(slugs(articles.feed(ada, PAGE, db))).toEqual([]);
    new Profiles().follow(ada, 'bob', db);
    expect(slugs(articles.feed(ada, PAGE, db))).toEqual(['beer']);
  });

  it('change leaves alone what it is not told', () => {
    const { article } = articles.change(ada, 'tea', { title: 'Green tea', body: undefined }, db);
    expect(article).toMatchObject({ slug: 'green-tea', title: 'Green tea', body: 'Leaves', tagList: ['drinks', 'hot'] });
    expect(articles.change(ada, 'green-tea', { tagList: ['green'] }, db).article.tagList).toEqual(['green']);
  });

  it('change and remove are for authors', () => {
    expect(() => articles.change(bob, 'tea', { body: 'Mine' }, db)).toThrow('article forbidden');
    expect(() => articles.remove(bob, 'tea', db)).toThrow('article forbidden');
    articles.remove(ada, 'tea', db);
    expect(() => articles.remove(ada, 'tea', db)).toThrow('article not found');
  });
});

it('the routes of Articles fill in the page', async () => {
  const { json } = await isolate(Articles, { db, tokens: new Tokens('secret') }).get<ArticleList>('/articles');
  expect(json.articlesCount).toBe(2);
});

it('Favorites counts everybody once', () => {
  const favorites = new Favorites();
  favorites.add(ada, 'tea', db);
  favorites.add(bob, 'tea', db);
  expect(favorites.add(bob, 'tea', db).article).toMatchObject({ favorited: true, favoritesCount: 2 });
  expect(favorites.remove(bob, 'tea', db).article).toMatchObject({ favorited: false, favoritesCount: 1 });
  expect(() => favorites.add(ada, 'milk', db)).toThrow('article not found');
});

it('Tags has the most used first', () => {
  expect(new Tags().list(db)).toEqual({ tags: ['drinks', 'hot'] });
});

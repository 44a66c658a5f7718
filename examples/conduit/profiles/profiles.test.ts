import { expect, it } from '@jest/globals';
import { database } from '../fixture.js';
import { Profiles } from './profiles.js';

const profiles = new Profiles();

it('follow and unfollow are about the one who asks', () => {
  const { db, ada, bob } = database();
  expect(profiles.show(null, 'bob', db).profile).toEqual({ username: 'bob', bio: null, image: null, following: false });
  expect(profiles.follow(ada, 'bob', db).profile.following).toBe(true);
  expect(profiles.show(ada, 'BOB', db).profile).toMatchObject({ username: 'bob', following: true });
  expect(profiles.show(bob, 'ada', db).profile.following).toBe(false);
  expect(profiles.unfollow(ada, 'bob', db).profile.following).toBe(false);
});

it('show knows who is not there', () => {
  const { db, ada } = database();
  expect(() => profiles.show(null, 'nobody', db)).toThrow('profile not found');
  expect(() => profiles.follow(ada, 'nobody', db)).toThrow('profile not found');
});

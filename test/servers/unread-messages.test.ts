import { expect, it } from '@jest/globals';
import { UnreadMessages } from '../../src/servers/unread-messages.js';

it('delivers the messages in order, until the reader pauses again', () => {
  const unread = new UnreadMessages();
  const read: unknown[] = [];
  unread.pause();
  for (const message of ['a', 'b', 'c']) unread.add(message);
  unread.resume((message) => {
    read.push(message);
    if (message === 'b') unread.pause();
  });
  expect([read, unread.isPaused]).toEqual([['a', 'b'], true]);
  unread.resume((message) => read.push(message));
  expect([read, unread.isPaused]).toEqual([['a', 'b', 'c'], false]);
});

it('has too much from 4 MB on, and room again after reading, whatever the characters', () => {
  const unread = new UnreadMessages();
  const megabyte = '€'.repeat(349_000);
  for (let round = 0; round < 5; round++) {
    unread.pause();
    for (let i = 0; i < 3; i++) expect(unread.add(megabyte)).toBe(true);
    unread.resume(() => undefined);
  }
  unread.pause();
  for (let i = 0; i < 3; i++) expect(unread.add(megabyte)).toBe(true);
  expect([unread.add(megabyte), unread.add(megabyte)]).toEqual([true, false]);
});

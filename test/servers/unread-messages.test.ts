import { describe, expect, it } from '@jest/globals';
import { UnreadMessages } from '../../src/servers/unread-messages.js';
import { cases, fc } from '../property.js';

describe('unread messages', () => {
  it('arrive once and in order, however the reader pauses, resumes and ends', () => {
    const step = fc.oneof(fc.nat(100_000), fc.constantFrom('pause' as const, 'resume' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(5), (steps, patience) => {
        const got: string[] = [];
        const taken: string[] = [];
        const unread = new UnreadMessages((message) => {
          got.push(message as string);
          // The reader pauses again while it is resumed.
          if (got.length % (patience + 1) === 0) unread.pause();
        });
        for (const one of steps) {
          if (typeof one === 'string') unread[one]();
          else {
            const message = `${taken.length} ${'x'.repeat(one)}`;
            if (unread.add(message, message.length)) taken.push(message);
          }
        }
        unread.flush();
        expect(got).toEqual(taken);
      }),
      cases(100),
    );
  });

  it('have room for four megabytes, and for one larger message', () => {
    const sizes: number[] = [];
    const unread = new UnreadMessages((message) => sizes.push(message.length));
    unread.pause();
    const large = Buffer.alloc(5 * 1024 * 1024);
    expect(unread.add(large, large.length)).toBe(true);
    expect(unread.add('x', 1)).toBe(false);
    unread.resume();
    unread.pause();
    const small = Buffer.alloc(64 * 1024);
    let count = 0;
    while (unread.add(small, small.length)) count++;
    expect(count).toBe(63);
    unread.flush();
    expect(sizes).toEqual([large.length, ...Array.from({ length: 63 }, () => small.length)]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { HTTPError } from 'bottlenose';
import { refuse, toErrors } from './errors.js';

function caught(action: () => unknown): HTTPError {
  try {
    action();
  } catch (error) {
    return error as HTTPError;
  }
  throw new Error('Nothing was thrown.');
}

describe('an error', () => {
  it('that refuses a field has its status and names it', () => {
    const error = caught(() => refuse(403, 'article', 'forbidden'));
    expect([error.status, toErrors(error)]).toEqual([403, { errors: { article: ['forbidden'] } }]);
  });

  it('of validation has the mistakes of every field', () => {
    const mistakes = [
      { path: '/article/title', message: "can't be blank" },
      { path: '/article/tagList/0', message: 'is invalid' },
      { path: '/article/tagList/1', message: 'is invalid' },
    ];
    const error = new HTTPError(422, 'All wrong', { problem: { errors: mistakes } });
    expect(toErrors(error)).toEqual({ errors: { title: ["can't be blank"], tagList: ['is invalid'] } });
  });

  it('of no field is one of the body', () => {
    expect(toErrors(new HTTPError(413))).toEqual({ errors: { body: ['Content Too Large'] } });
  });
});

import type { Group, Target } from '../case.js';
import { assert } from './helpers.js';

export const verbs: Group = {
  subject: 'verbs',
  cases: [
    ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((verb) => ({
      name: `${verb} reaches its own route`,
      run: async ({ ask }: Target) => {
        const { status, text } = await ask(verb, '/verb');
        assert.deepEqual([status, text], [200, verb]);
      },
    })),
    ...['PROPFIND', 'REPORT'].map((verb) => ({
      name: `${verb}, of an extension, reaches its own route`,
      needs: ['any-verb'] as const,
      run: async ({ ask }: Target) => {
        const { status, text } = await ask(verb, '/verb');
        assert.deepEqual([status, text], [200, verb]);
      },
    })),
    {
      name: 'HEAD gives the head of GET and no body',
      run: async ({ ask }: Target) => {
        const { status, body, headers } = await ask('HEAD', '/text');
        assert.deepEqual([status, body.length, headers['content-type']], [200, 0, 'text/html; charset=UTF-8']);
      },
    },
    {
      name: 'HEAD tells the length that GET has',
      needs: ['head-length'],
      run: async ({ ask }: Target) => {
        assert.equal((await ask('HEAD', '/bytes/12345')).headers['content-length'], '12345');
      },
    },
    {
      name: 'HEAD of a stream runs none of it',
      run: async ({ ask }: Target) => {
        const { status, body } = await ask('HEAD', '/stream/3');
        assert.deepEqual([status, body.length], [200, 0]);
      },
    },
    {
      name: 'HEAD of a stream has no length of zero',
      needs: ['head-of-stream'],
      run: async ({ ask }: Target) => {
        assert.equal((await ask('HEAD', '/stream/3')).headers['content-length'], undefined);
      },
    },
    {
      name: 'a verb that the route has not is 405 and told which there are',
      run: async ({ ask }: Target) => {
        const { status, headers } = await ask('POST', '/only-get', { body: 'x' });
        assert.equal(status, 405);
        assert.deepEqual(headers.allow?.split(/, */).sort(), ['GET', 'HEAD']);
      },
    },
    {
      name: 'an unknown path is 404',
      run: async ({ ask }: Target) => assert.equal((await ask('GET', '/no/such/path')).status, 404),
    },
  ],
};

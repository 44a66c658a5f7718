import type { Group } from '../case.js';
import { assert, wait } from './helpers.js';

export const errors: Group = {
  subject: 'errors',
  cases: [
    {
      name: 'an unexpected one is 500 and tells nothing',
      async run({ ask }) {
        for (const path of ['/throw', '/reject', '/unserialisable']) {
          const { status, text } = await ask('GET', path);
          assert.equal(status, 500);
          assert.ok(!text.includes('secret') && !text.includes('.mjs'), text);
        }
      },
    },
    {
      name: 'one that was meant has its status and message',
      async run({ ask }) {
        const { status, text } = await ask('GET', '/abort/409');
        assert.equal(status, 409);
        assert.match(text, /You asked for it\./);
      },
    },
    {
      name: 'it is a problem document to clients of JSON',
      async run({ ask }) {
        const { status, headers, json } = await ask('GET', '/abort/409', { headers: [['Accept', 'application/json']] });
        assert.deepEqual([status, json.status, json.title], [409, 409, 'Conflict']);
        assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
      },
    },
    {
      name: 'its headers arrive',
      async run({ ask }) {
        const { status, headers } = await ask('GET', '/error-headers');
        assert.deepEqual([status, headers['retry-after']], [503, '7']);
      },
    },
    {
      name: 'before the first byte of a stream gives a clean error page',
      async run({ ask }) {
        const { status, text } = await ask('GET', '/early-error');
        assert.equal(status, 418);
        assert.match(text, /No tea yet\./);
      },
    },
    {
      name: 'after the first byte breaks off, and the client notices',
      needs: ['cut-noticed', 'cut-pieces-noticed', 'streaming'],
      async run({ open }) {
        const { status, body } = await open('GET', '/late-error');
        assert.equal(status, 200);
        let text = '';
        await assert.rejects(async () => {
          for await (const chunk of body) text += chunk;
        });
        assert.equal(text, 'a good beginning\n');
      },
    },
    {
      name: 'after the first byte of an announced length breaks off as well',
      needs: ['cut-noticed'],
      async run({ ask }) {
        await assert.rejects(ask('GET', '/late-error-with-length'));
      },
    },
    {
      name: 'leaves the server as it was',
      async run({ ask }) {
        await ask('GET', '/late-error').catch(() => undefined);
        await ask('GET', '/throw');
        await wait(20);
        assert.equal((await ask('GET', '/')).text, 'home');
      },
    },
  ],
};

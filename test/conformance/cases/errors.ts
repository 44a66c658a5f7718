import type { Group, Target } from '../case.js';
import { assert, newId, TextReader, tellToGo } from './helpers.js';

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
      run: (target) => breaksOff(target, '/held-error'),
    },
    {
      name: 'after the first byte of an announced length breaks off as well',
      needs: ['cut-noticed', 'streaming'],
      run: (target) => breaksOff(target, '/held-error-with-length'),
    },
    {
      name: 'after the first byte makes no whole answer with 200, wherever the beginning is held up',
      needs: ['cut-noticed'],
      async run({ ask }) {
        const answer = await ask('GET', '/late-error-with-length').catch(() => undefined);
        assert.ok(answer === undefined || answer.status >= 500, `${answer?.status}`);
      },
    },
    {
      name: 'leaves the server as it was',
      async run({ ask }) {
        await ask('GET', '/late-error').catch(() => undefined);
        await ask('GET', '/throw');
        assert.equal((await ask('GET', '/')).text, 'home');
      },
    },
  ],
};

async function breaksOff(target: Target, path: string): Promise<void> {
  const id = newId();
  const { status, body } = await target.open('GET', `${path}/${id}`);
  assert.equal(status, 200);
  const reader = new TextReader(body);
  await reader.until((text) => text === 'a good beginning\n');
  await tellToGo(target, id);
  await assert.rejects(reader.all());
  assert.equal(reader.text, 'a good beginning\n');
}

import { once } from 'node:events';
import type { Group } from '../case.js';
import { assert, FloodReader, marks, newId, standstill, TextReader, tellToGo, untilMarked } from './helpers.js';

export const streams: Group = {
  subject: 'streams',
  cases: [
    {
      name: 'a generator comes in order and whole',
      async run({ ask }) {
        assert.equal((await ask('GET', '/generator')).text, 'one two three');
        const lines = (await ask('GET', '/stream/500')).text.trimEnd().split('\n');
        assert.deepEqual([lines.length, lines[0], lines.at(-1)], [500, 'piece 0', 'piece 499']);
      },
    },
    {
      name: 'an empty generator is an empty body',
      async run({ ask }) {
        const { status, text } = await ask('GET', '/stream/0');
        assert.deepEqual([status, text], [200, '']);
      },
    },
    {
      name: "node's streams, the web's streams and blobs are sent",
      async run({ ask }) {
        assert.equal((await ask('GET', '/node-stream')).text, 'from node');
        assert.equal((await ask('GET', '/web-stream')).text, 'from the web');
        const blob = await ask('GET', '/blob');
        assert.match(blob.headers['content-type'] ?? '', /^text\/html/);
        assert.equal(blob.text, '<p>blob</p>');
      },
    },
    {
      name: 'one whose length is announced is sent',
      async run({ ask }) {
        assert.equal((await ask('GET', '/with-length')).text, '0123456789');
      },
    },
    {
      name: 'the first piece arrives before the second is made',
      needs: ['streaming'],
      async run(target) {
        const id = newId();
        const { body } = await target.open('GET', `/held/${id}`);
        const reader = new TextReader(body);
        await reader.until((text) => text === 'first\n');
        await tellToGo(target, id);
        assert.equal(await reader.all(), 'first\nsecond\n');
      },
    },
    {
      name: 'the producer waits for a slow client',
      needs: ['back-pressure'],
      waits: true,
      async run(target) {
        const id = newId();
        const { body, destroy } = await target.open('GET', `/flood/${id}`);
        body.pause();
        const made = await standstill(target, async () => Number((await marks(target, id)).at(-1) ?? 0), 1024);
        assert.ok(made < 1024, 'all 64 MB were made although nobody took them');
        const flood = new FloodReader();
        for await (const chunk of body) flood.take(chunk);
        assert.deepEqual([flood.length, flood.wrongAfter], [64 * 1024 * 1024, undefined]);
        destroy();
      },
    },
    {
      name: 'the producer is closed when the client leaves',
      needs: ['abort-noticed'],
      async run(target) {
        const id = newId();
        const { body, destroy } = await target.open('GET', `/endless/${id}`);
        await once(body, 'data');
        destroy();
        await untilMarked(target, id, 'closed');
      },
    },
    {
      name: 'the signal aborts when the client leaves before there is an answer',
      needs: ['abort-noticed', 'early-abort-noticed'],
      async run(target) {
        const id = newId();
        const abort = new AbortController();
        const asked = target.ask('GET', `/pending/${id}`, { signal: abort.signal });
        asked.catch(() => undefined);
        await untilMarked(target, id, 'pending');
        abort.abort();
        await assert.rejects(asked);
        await untilMarked(target, id, 'aborted');
      },
    },
    {
      name: 'events come in their format',
      async run({ open }) {
        const { headers, body, destroy } = await open('GET', '/events', { headers: [['Last-Event-ID', '4']] });
        assert.match(headers['content-type'] ?? '', /^text\/event-stream/);
        const text = await new TextReader(body).all();
        assert.match(text, /id: ?5\n/);
        assert.match(text, /event: ?count\n/);
        assert.match(text, /data: ?\{"id":7\}\n/);
        assert.match(text, /data: ?plain\ndata: ?text\n\n/);
        destroy();
      },
    },
    {
      name: 'events come as they happen, and end with the client',
      needs: ['streaming', 'abort-noticed'],
      async run(target) {
        const id = newId();
        const { body, destroy } = await target.open('GET', `/ticks/${id}`);
        await new TextReader(body).until((text) => /data: ?2\n/.test(text));
        destroy();
        await untilMarked(target, id, 'closed');
      },
    },
  ],
};

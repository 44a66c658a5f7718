import { once } from 'node:events';
import { get } from '../../servers/raw-client.js';
import type { Group } from '../case.js';
import { assert, newId, untilMarked, wait } from './helpers.js';

export const closing: Group = {
  subject: 'closing',
  cases: [
    {
      name: 'finishes the requests that were taken, and takes no more',
      needs: ['drains'],
      async own(start) {
        const { target, close } = await start();
        const slow = target.ask('GET', '/slow/700');
        const stream = await target.open('GET', '/generator');
        await wait(200);
        const closed = close();
        let text = '';
        for await (const chunk of stream.body) text += chunk;
        assert.deepEqual([(await slow).text, text], ['slept 700', 'one two three']);
        await closed;
        await assert.rejects(target.ask('GET', '/'));
      },
    },
    {
      name: 'closes connections that are idle',
      needs: ['keep-alive', 'drains'],
      async own(start) {
        const { target, close } = await start();
        const client = await target.connect();
        assert.equal((await client.send(get('/')).answer())?.text, 'home');
        await close();
        await client.closed;
      },
    },
    {
      name: 'ends event streams, so that it does not wait for them',
      needs: ['drains', 'streaming'],
      async own(start) {
        const { target, close } = await start({ shutdownTimeout: 60_000 });
        const { body } = await target.open('GET', `/ticks/${newId()}`);
        await once(body, 'data');
        const ended = once(body, 'close');
        body.resume();
        await close();
        await ended;
      },
    },
    {
      name: 'cuts what takes longer than its time',
      needs: ['drains'],
      async own(start) {
        const { target, close } = await start({ shutdownTimeout: 200 });
        const id = newId();
        const asked = assert.rejects(target.ask('GET', `/pending/${id}`));
        await untilMarked(target, id, 'pending');
        await close();
        await asked;
      },
    },
    {
      name: 'listens on IPv6',
      needs: ['ipv6'],
      async own(start) {
        const { target } = await start({ host: '::1' });
        assert.match(target.url, /\[::1\]:\d+$/);
        const { remoteAddr, url } = (await target.ask('GET', '/seen')).json;
        assert.equal(remoteAddr, '::1');
        assert.match(url, /^https?:\/\/\[::1\](:\d+)?\/seen$/);
      },
    },
  ],
};

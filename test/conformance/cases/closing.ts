import { once } from 'node:events';
import { get } from '../../servers/raw-client.js';
import { type Group, LIMIT } from '../case.js';
import { assert, newId, TextReader, untilMarked } from './helpers.js';

/** Longer than a case may take: a server that waits this long fails its case. */
const LONG = 2 * LIMIT;

export const closing: Group = {
  subject: 'closing',
  cases: [
    {
      name: 'finishes the requests that were taken, and takes no more',
      needs: ['drains'],
      waits: true,
      async own(start) {
        const { target, close } = await start({ shutdownTimeout: LONG });
        const id = newId();
        const slow = target.ask('GET', `/slow/300/${id}`);
        const { body } = await target.open('GET', '/generator');
        await untilMarked(target, id, 'begun');
        const closed = close();
        assert.equal(await new TextReader(body).all(), 'one two three');
        assert.equal((await slow).text, 'slept 300');
        await closed;
        await assert.rejects(target.ask('GET', '/'));
      },
    },
    {
      name: 'closes connections that are idle',
      needs: ['keep-alive', 'drains'],
      waits: true,
      async own(start) {
        const { target, close } = await start({ shutdownTimeout: LONG });
        const client = await target.connect();
        assert.equal((await client.send(get('/')).answer())?.text, 'home');
        await close();
        await client.closed;
      },
    },
    {
      name: 'closes connections on which nothing was sent, or only a part of a head',
      needs: ['keep-alive', 'drains'],
      waits: true,
      async own(start) {
        const { target, close } = await start({ shutdownTimeout: LONG });
        const silent = await target.connect();
        const partial = await target.connect();
        const used = await target.connect();
        partial.send('GET / HTTP/1.1\r\nHost: localhost\r\nX-Half');
        assert.equal((await used.send(get('/')).answer())?.text, 'home');
        used.send('GET / HTTP/1.1\r\nHo');
        await close();
        await Promise.all([silent.closed, partial.closed, used.closed]);
      },
    },
    {
      name: 'ends event streams, so that it does not wait for them',
      needs: ['drains', 'streaming'],
      waits: true,
      async own(start) {
        const { target, close } = await start({ shutdownTimeout: LONG });
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
      waits: true,
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
      waits: true,
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

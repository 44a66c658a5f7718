import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Bottle, HTTPError } from 'bottlenose';
import { request as current } from 'bottlenose/context';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Two requests on one connection. Their bodies come late and in pieces, the second with the end of the first. */
async function askTwice(port: number, path: string): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  const head = (name: string) => `POST ${path} HTTP/1.1\r\nHost: a\r\nX-Name: ${name}\r\nContent-Length: 6\r\n`;
  socket.write(`${head('first')}\r\n`);
  await pause();
  socket.write('one');
  await pause();
  socket.write(`two${head('second')}Connection: close\r\n\r\nth`);
  await pause();
  socket.write('ree!');
  return (await text(socket)).match(/\w+\/\w+=(?:onetwo|three!)/g) ?? [];
}

describe('what a request carries along', () => {
  const store = new AsyncLocalStorage<string>();
  const seen = (): string => `${store.getStore()}/${current.getHeader('x-name')}`;

  function app(): Bottle {
    const made = new Bottle({ logger: () => undefined });
    made.post('/now', (_args, { request }) => `${seen()}=${request.text}`);
    made.post('/later', async (_args, { request }) => {
      await pause();
      return `${seen()}=${request.text}`;
    });
    made.post('/pieces', function* (_args, { request }) {
      yield `${seen()}=${request.text}`;
      yield 'more';
    });
    made.post('/wrong', () => {
      throw new HTTPError(409, 'no');
    });
    made.error(409, (_error, { request }) => `${seen()}=${request.text}`);
    return made;
  }

  const paths = ['/now', '/later', '/pieces', '/wrong'];

  it.each(paths)('reaches what answers it after its body has come, around app.listener (%s)', async (path) => {
    const { listener } = app();
    const server = createServer((request, response) =>
      store.run(String(request.headers['x-name']), () => listener(request, response)),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    closing.push(() => server.close());
    const answers = await askTwice((server.address() as AddressInfo).port, path);
    expect(answers).toEqual(['first/first=onetwo', 'second/second=three!']);
  });

  it.each(paths)('reaches what answers it after its body has come, from a hook on (%s)', async (path) => {
    const made = app().hook('beforeRequest', ({ request }) => store.enterWith(request.getHeader('x-name', '')));
    const { url, close } = await made.run({ port: 0, quiet: true });
    closing.push(close);
    const answers = await askTwice(Number(new URL(url).port), path);
    expect(answers).toEqual(['first/first=onetwo', 'second/second=three!']);
  });

  it.each(paths)('reaches what answers it after its body has come, through run() (%s)', async (path) => {
    const outer = new Bottle();
    outer.mount('/below', app());
    const { url, close } = await outer.run({ port: 0, quiet: true });
    closing.push(close);
    const answers = await askTwice(Number(new URL(url).port), `/below${path}`);
    expect(answers).toEqual(['undefined/first=onetwo', 'undefined/second=three!']);
  });
});

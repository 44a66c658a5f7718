import { execFileSync } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(app: Bottle): Promise<string> {
  const server = await app.run({ port: 0, quiet: true });
  open.push(server);
  return server.url;
}

/** Reads a request as node's streams are read. */
function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => resolve(text));
    request.on('error', reject);
  });
}

const later = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('the requests of the node server', () => {
  it('are whole streams for a listener that reads them late', async () => {
    const app = new Bottle();
    app.mount('/raw', async (request: IncomingMessage, response: { end(text: string): void }) => {
      await later();
      response.end(await textOf(request));
    });
    const url = await serve(app);
    const large = 'x'.repeat(300_000);
    for (const body of ['small', '', large]) {
      const answer = await fetch(`${url}/raw`, { method: 'POST', body });
      expect(await answer.text()).toBe(body);
    }
  });

  it('end for a listener that reads one without a body, late', async () => {
    const app = new Bottle();
    app.mount('/raw', async (request: IncomingMessage, response: { end(text: string): void }) => {
      await later();
      response.end(`[${await textOf(request)}]`);
    });
    expect(await (await fetch(`${await serve(app)}/raw`)).text()).toBe('[]');
  });

  it('tell who listens already of their end and their close, with and without a body', async () => {
    const heard: string[] = [];
    const app = new Bottle();
    app.hook('beforeRequest', ({ request }) => {
      const message = request.environ as IncomingMessage;
      message.on('end', () => heard.push(`${message.method} end`));
      message.on('close', () => heard.push(`${message.method} close`));
    });
    app.get('/', () => 'got');
    app.post('/', (_args, { request }) => request.json);
    const url = await serve(app);
    expect(await (await fetch(url)).text()).toBe('got');
    const answer = await fetch(url, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
    expect(await answer.json()).toEqual({ a: 1 });
    for (let tries = 0; heard.length < 4 && tries < 200; tries++) await later();
    expect(heard).toEqual(['GET end', 'GET close', 'POST end', 'POST close']);
  });

  it('with bodies may follow one another in one packet, and each gets its own', async () => {
    const app = new Bottle();
    app.post('/', async (_args, { request }) => {
      const { json } = request;
      await later();
      return json;
    });
    const url = new URL(await serve(app));
    const one = (n: number) =>
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"n":${n}}`;
    const answers = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname, () => socket.write(one(1) + one(2) + one(3)));
      let text = '';
      socket.on('error', reject).on('data', (chunk) => {
        text += chunk;
        if (text.includes('{"n":3}')) resolve(text);
        if (text.includes('{"n":3}')) socket.destroy();
      });
    });
    expect(answers.match(/\{"n":\d\}/g)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('that break off in their body never reach the handler', async () => {
    let calls = 0;
    const app = new Bottle();
    app.post('/', () => {
      calls++;
    });
    app.get('/calls', () => ({ calls }));
    const base = await serve(app);
    const url = new URL(base);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(url.port), url.hostname, () => {
        socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf');
        setTimeout(() => socket.destroy(), 30);
      });
      socket.on('close', () => resolve());
    });
    await later();
    expect(await (await fetch(`${base}/calls`)).json()).toEqual({ calls: 0 });
  });

  it('are not kept, nor are their responses, by connections that wait for the next', () => {
    const program = new URL('../fixtures/idle-connections.mjs', import.meta.url).pathname;
    const output = execFileSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });
    expect(output).toBe('GET got 0\nPOST [1] 0\n');
  });
});

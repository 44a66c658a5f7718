import { Agent, get as ask } from 'node:https';
import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { certificate } from '../certificate.js';
import { RawClient, until } from '../raw-client.js';

const LONG = 600_000;

describe.each(['node', 'http2'])('close of %s with TLS', (server) => {
  it('does not wait for clients that have not begun their handshake, and answers the requests of the others', async () => {
    const app = new Bottle({ logger: () => undefined });
    let answer: (text: string) => void = () => undefined;
    let isAsked = false;
    app.get('/slow', () => {
      isAsked = true;
      return new Promise<string>((resolve) => (answer = resolve));
    });
    const running = await app.run({ server, port: 0, quiet: true, shutdownTimeout: LONG, ...certificate() });
    const silent = await RawClient.connect(running.url);
    const agent = new Agent({ keepAlive: true });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const call = ask(`${running.url}/slow`, { rejectUnauthorized: false, agent }, (response) =>
        resolve(response.resume().statusCode),
      );
      call.on('error', reject);
    });
    await until(() => isAsked, 'the request');
    const closed = running.close();
    await silent.closed;
    answer('slow');
    expect(await answered).toBe(200);
    await closed;
    agent.destroy();
  });
});

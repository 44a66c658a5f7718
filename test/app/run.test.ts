import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { get, RawClient } from '../servers/raw-client.js';

function recordingApp(): { app: Bottle; events: string[] } {
  const app = new Bottle({ logger: () => undefined });
  const events: string[] = [];
  app.get('/', () => 'home');
  app.install({ name: 'recorder', close: () => void events.push('plugins closed') });
  return { app, events };
}

const options = { port: 0, quiet: true, shutdownTimeout: 60_000 };

describe('app.close', () => {
  it('stops the servers that run started, then closes the plugins', async () => {
    const { app, events } = recordingApp();
    let answer: (text: string) => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      app.get('/slow', () => {
        resolve();
        return new Promise<string>((release) => (answer = release));
      });
    });
    const servers = [await app.run(options), await app.run(options)];
    const client = await RawClient.connect((servers[0] as { url: string }).url);
    client.send(get('/slow'));
    await asked;
    const closed = app.close().then(() => events.push('app closed'));
    events.push('answered');
    answer('slow');
    expect((await client.answer())?.text).toBe('slow');
    await closed;
    expect(events).toEqual(['answered', 'plugins closed', 'app closed']);
    for (const { url } of servers) await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('removes the signal handlers of the servers', async () => {
    const before = process.listenerCount('SIGTERM');
    const { app } = recordingApp();
    await app.run(options);
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    await app.close();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  it('closes the plugins also when a server fails to stop, and rejects with its error', async () => {
    const { app, events } = recordingApp();
    const server = { listen: async () => ({ url: 'test:', close: () => Promise.reject(new Error('stuck')) }) };
    await app.run({ server, quiet: true });
    await expect(app.close()).rejects.toThrow('stuck');
    expect(events).toEqual(['plugins closed']);
  });
});

describe('close of a running server', () => {
  it('closes the plugins with the last server of the app', async () => {
    const { app, events } = recordingApp();
    const first = await app.run(options);
    const second = await app.run(options);
    await first.close();
    expect(events).toEqual([]);
    expect(await (await fetch(second.url, { headers: { Connection: 'close' } })).text()).toBe('home');
    await second.close();
    expect(events).toEqual(['plugins closed']);
  });
});

import { describe, expect, it } from '@jest/globals';
import { Bottle } from 'bottlenose';
import { serverNames } from 'bottlenose/servers';
import * as servers from 'bottlenose/servers';

describe('the entry point of servers', () => {
  it('holds the adapters that have a name', () => {
    expect(serverNames).toEqual('node http2 cluster uws fastcgi cgi bun deno fetch gae lambda auto'.split(' '));
    const classes = Object.keys(servers).filter((name) => name.endsWith('Server') && name !== 'registerServer');
    const names = classes.map((name) => name.replace('Server', '').toLowerCase());
    expect(names.sort()).toEqual([...serverNames].sort());
  });

  it('exports classes that `run` takes and that others can extend', async () => {
    const app = new Bottle();
    app.get('/', () => 'here');
    let port: number | undefined;
    class Noted extends servers.NodeServer {
      override async listen(...args: Parameters<servers.ServerAdapter['listen']>) {
        const running = await super.listen(...args);
        port = Number(new URL(running.url).port);
        return running;
      }
    }
    for (const server of [servers.NodeServer, Noted, new Noted()]) {
      const { url, close } = await app.run({ server, port: 0, quiet: true });
      expect(await (await fetch(url)).text()).toBe('here');
      await close();
    }
    expect(port).toBeGreaterThan(0);
  });
});

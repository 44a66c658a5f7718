import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { makeApp } from './app.mjs';
import { fastcgiFront } from './fronts/fastcgi-client.js';
import { testServer } from './jest.js';

testServer('fastcgi', {
  async start({ host = '127.0.0.1', ...options }) {
    const server = await makeApp().run({ server: 'fastcgi', port: 0, quiet: true, shutdownTimeout: 2000, host, ...options });
    const front = fastcgiFront(server.url);
    front.listen(0, host);
    await once(front, 'listening');
    const { address, port, family } = front.address() as AddressInfo;
    const close = async (): Promise<void> => {
      front.close();
      await server.close();
      front.closeAllConnections();
    };
    return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, close };
  },
});

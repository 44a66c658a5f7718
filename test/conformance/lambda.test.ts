import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { lambdaHandler } from 'bottlenose/servers';
import { makeApp } from './app.mjs';
import { lambdaBridge } from './fronts/lambda-bridge.js';
import { testServer } from './jest.js';

// With events of HTTP APIs and function URLs, which lose least; what differs in the others, test/servers/lambda tells.
testServer('lambda', {
  async start({ host = '127.0.0.1' }) {
    const handler = lambdaHandler(makeApp());
    const front = lambdaBridge('v2', (event) => handler(event, { getRemainingTimeInMillis: () => 6_000 })).listen(0, host);
    await once(front, 'listening');
    const { address, port, family } = front.address() as AddressInfo;
    const close = async (): Promise<void> => {
      const closed = new Promise((resolve) => front.close(resolve));
      front.closeIdleConnections();
      setTimeout(() => front.closeAllConnections(), 500).unref();
      await closed;
    };
    return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`, close };
  },
});

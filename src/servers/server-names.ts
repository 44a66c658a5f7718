import { registerServer, registeredServers } from '../http/gateway/server-adapter.js';

registerServer('node', async () => (await import('./node.js')).NodeServer);
registerServer('http2', async () => (await import('./http2/index.js')).Http2Server);
registerServer('cluster', async () => (await import('./cluster/index.js')).ClusterServer);
registerServer('uws', async () => (await import('./uws/index.js')).UwsServer);
registerServer('fastcgi', async () => (await import('./fastcgi/index.js')).FastCgiServer);
registerServer('cgi', async () => (await import('./cgi/index.js')).CgiServer);
registerServer('bun', async () => (await import('./bun/index.js')).BunServer);
registerServer('deno', async () => (await import('./deno/index.js')).DenoServer);
registerServer('fetch', async () => (await import('./fetch.js')).FetchServer);
registerServer('gae', async () => (await import('./gae.js')).GaeServer);
registerServer('lambda', async () => (await import('./lambda/index.js')).LambdaServer);
registerServer('auto', async () => (await import('./auto.js')).AutoServer);

/**
 * The names that `run({ server })` accepts.
 *
 * @example serverNames; // ['node', 'http2', 'cluster', …]
 */
export const serverNames: readonly string[] = registeredServers();

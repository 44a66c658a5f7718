import { registerServer, registeredServers } from '../http/server.js';

registerServer('node', async () => (await import('./node.js')).NodeServer);

/** The names that `run({ server })` takes. */
export const serverNames: readonly string[] = registeredServers();

export type { RunningServer, ServedApp, ServerAdapter, ServerClass, ServerOptions } from '../http/server.js';
export { Stopping } from '../http/stopping.js';
export { registerServer };

export { serverNames } from './names.js';
// The adapters, by name and as classes: to be given to `run`, or built upon.
export { AutoServer } from './auto.js';
export { BunServer } from './bun.js';
export { CgiServer, type CgiServerOptions } from './cgi.js';
export { ClusterServer, type ClusterServerOptions } from './cluster/index.js';
export { DenoServer } from './deno.js';
export { FastCgiServer, type FastCgiServerOptions } from './fastcgi.js';
export { FetchServer } from './fetch.js';
export { GaeServer } from './gae.js';
export { Http2Server, type Http2ServerOptions } from './http2/index.js';
export { LambdaServer, type LambdaServerOptions } from './lambda/index.js';
export { NodeServer, type NodeServerOptions } from './node.js';
export { UwsServer, type UwsServerOptions } from './uws/index.js';
export type { RunningServer, ServedApp, ServerAdapter, ServerClass, ServerOptions } from '../http/server.js';
export { type LambdaHandler, lambdaHandler, type LambdaOptions } from './lambda/handler.js';
export { Stopping } from '../http/stopping.js';
export { registerServer } from '../http/server.js';

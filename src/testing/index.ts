export { Answer, BrokenAnswerError } from './answer.js';
export {
  type ClientOptions,
  type FetchApp,
  type RequestOptions,
  type SocketInit,
  TestClient,
  type TestClientOptions,
} from './test-client.js';
export { CookieJar } from './cookie-jar.js';
export type { Values } from './given-values.js';
export { isolate, type IsolateOptions } from './isolate.js';
export { rollback, type RollbackDatabase, type TestHooks } from './rollback.js';
export type { Fields, FieldValue, FileContent, MultipartFields, MultipartValue } from './request-body.js';
export { HandshakeError, type TestSocket } from './test-socket.js';

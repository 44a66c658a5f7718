export { Answer, BrokenAnswerError } from './answer.js';
export { type ClientOptions, type FetchApp, type RequestOptions, type SocketInit, TestClient } from './test-client.js';
export { CookieJar } from './cookie-jar.js';
export { isolate, type IsolateOptions, type Values } from './isolate.js';
export type { Fields, FieldValue, FileContent, MultipartFields, MultipartValue } from './request-body.js';
export { HandshakeError, type TestSocket } from './test-socket.js';

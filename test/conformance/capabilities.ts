/** What not every server can do, and what a user then does without. */
export const CAPABILITIES = {
  http1: 'speaks HTTP/1.1 on its connections, byte for byte',
  'keep-alive': 'serves several requests on one HTTP/1.1 connection',
  pipelining: 'answers requests that are sent before the answer to the one before has come, in order',
  'http1.0': 'serves HTTP/1.0 clients',
  concurrent: 'serves several requests at once',
  'absolute-form': 'takes targets that are whole URLs, as proxies send them',
  continue: 'tells a client that waits with its body (Expect: 100-continue) to send it',
  'spared-body': 'tells it the answer instead, where the body is not wanted',
  'chunk-extensions': 'takes chunks with extensions, and trailers after them',
  'bad-requests': 'answers what is no HTTP request with 400',
  'bad-chunks': 'answers a body whose chunks are none with 400, before it hangs up',
  'unread-body': 'goes on with a connection after a small body that nobody read',
  'http-version': 'tells the app which version of HTTP its client speaks',
  'header-limit': 'refuses heads that are too large with 431 (or 414)',
  'utf8-headers': 'sends headers with letters beyond ASCII, as UTF-8',
  date: 'sends a Date header',
  'get-body': 'takes a body with GET',
  'any-verb': 'takes verbs beyond those of RFC 9110, such as PROPFIND and REPORT',
  reason: 'sends the reason phrase that the app chose',
  'any-status': 'sends status codes that are not registered',
  'encoded-slash': 'hands the path to the app still percent-encoded, so that %2F separates nothing',
  'dot-segments': 'hands on . and .. in paths as they are',
  'head-length': 'answers HEAD with the Content-Length of GET',
  streaming: 'sends the pieces of an answer as they are made',
  'back-pressure': 'lets the producer of an answer wait for a slow client',
  'request-streaming': 'hands a request body to the app as it arrives',
  'request-back-pressure': 'lets a sender wait while the app does not read',
  'both-ways': 'sends the answer while the request is still arriving',
  'cut-noticed': 'breaks off so that the client notices, when an answer fails half-way',
  'abort-noticed': 'tells the app that the client has gone away',
  websocket: 'opens WebSockets',
  'peer-address': 'knows the address of the client',
  ipv6: 'listens on IPv6 addresses',
  drains: 'finishes the requests that it has taken when it is closed',
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** What a server lacks, each with the reason. */
export type Lacks = Readonly<Partial<Record<Capability, string>>>;

/** What the servers of Bun and Deno have in common. */
const RUNTIME = {
  'utf8-headers': 'the headers of a Response are sent as Latin-1',
  reason: 'the runtime sends its own',
  'http-version': 'a Request has none',
  'absolute-form': 'the Host header overrules the target',
  'spared-body': 'a Request cannot tell whether its client waits',
} as const;

const LAMBDA = {
  'absolute-form': 'the event has a path',
  'spared-body': 'the gateway in front tells clients to go on, whatever becomes of the body',
  reason: 'the result has a status code only',
  streaming: 'the result is one',
  'back-pressure': 'the result is one',
  'request-streaming': 'the event has the whole body',
  'request-back-pressure': 'the event has the whole body',
  'both-ways': 'the event has the whole body, the result is one',
  'abort-noticed': 'nobody tells a function of its client',
  websocket: 'the event is one request',
} as const;
const UWS: Lacks = {
  pipelining: 'uWebSockets.js closes the connection of a request that comes before the answer to the one before has been given',
  'http1.0': 'uWebSockets.js takes HTTP/1.1 only',
  'absolute-form': 'uWebSockets.js takes paths only',
  'spared-body': 'uWebSockets.js tells every client to go on, before it asks anybody',
  'chunk-extensions': 'uWebSockets.js 20.30 takes them for a part of the length',
  'bad-requests': 'uWebSockets.js closes the connection, or lets it time out, and does not answer',
  'header-limit': 'uWebSockets.js has none for what arrives at once, and closes the connection of what does not',
  'http-version': 'uWebSockets.js takes HTTP/1.1 only',
  'any-verb': 'uWebSockets.js knows the verbs of RFC 9110 and PATCH',
};

/**
 * The servers, and what each cannot do. The suite proves both sides: a case passes where nothing is said here, and fails where
 * something is.
 */
export const SERVERS = {
  node: {},
  http2: { reason: 'there are no reason phrases in HTTP/2 (RFC 9113 §8.3.2)' },
  cluster: {},
  'node, on a Unix socket': { 'peer-address': 'who comes by a Unix socket has no address' },
  fastcgi: {
    'spared-body': 'the web server in front tells clients to go on, whatever becomes of the body',
    websocket: 'the protocol has one request and one answer',
  },
  cgi: {
    'spared-body': 'the web server in front tells clients to go on, whatever becomes of the body',
    websocket: 'the protocol has one request and one answer',
  },
  lambda: LAMBDA,
  bun: {
    ...RUNTIME,
    'dot-segments': 'the URL of a Request has none',
    pipelining: 'Bun answers as the answers are ready',
  },
  deno: {
    ...RUNTIME,
    'unread-body': 'Deno hangs up',
    'bad-chunks': 'Deno hangs up without an answer',
  },
  fetch: {
    'dot-segments': 'the URL of a Request has none',
    'spared-body': 'a Request cannot tell whether its client waits',
    websocket: 'the interface has one Request and one Response',
  },
  uws: UWS,
} as const satisfies Readonly<Record<string, Lacks>>;

/** What a server of the table lacks. */
export function lacksOf(server: string): Lacks {
  const lacks = (SERVERS as Readonly<Record<string, Lacks>>)[server];
  if (lacks !== undefined) return lacks;
  throw new Error(`There is no '${server}' in the table of capabilities.ts, which has ${Object.keys(SERVERS).join(', ')}.`);
}

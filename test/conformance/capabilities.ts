/** What not every server can do, and what a user then does without. */
export const CAPABILITIES = {
  http1: 'speaks HTTP/1.1 on its connections, byte for byte',
  'keep-alive': 'serves several requests on one HTTP/1.1 connection',
  pipelining: 'answers requests that are sent before the answer to the one before has come, in order',
  'http1.0': 'serves HTTP/1.0 clients',
  concurrent: 'serves several requests at once',
  'absolute-form': 'takes targets that are whole URLs, as proxies send them',
  continue: 'tells a client that waits with its body (Expect: 100-continue) to send it',
  'spared-body': 'tells a client that waits with its body the answer, where the body is not wanted',
  'chunk-extensions': 'takes chunks with extensions, and trailers after them',
  'bad-requests': 'answers malformed HTTP requests with 400',
  'bad-headers': 'answers a header line without a colon with 400',
  'length-and-chunks': 'refuses a body that has both a length and chunks',
  'one-host': 'answers a request with several Host headers with 400',
  'valid-host': 'answers an invalid Host header with 400',
  'absolute-host': 'answers a target in absolute form with an invalid host with 400',
  'host-forms': 'takes every form of Host that RFC 3986 allows, such as an empty port or an underscore',
  'empty-length': 'answers an empty Content-Length with 400',
  'known-codings': 'answers a transfer coding that it cannot decode with 501',
  'bad-chunks': 'answers malformed chunks with 400, before it closes the connection',
  'unread-body': 'goes on with a connection after a small body that nobody read',
  'kept-after-500': 'goes on with a connection after an answer with 500',
  'http-version': 'tells the app which version of HTTP its client speaks',
  'header-limit': 'refuses heads that are too large with 431 (or 414)',
  'many-headers': 'answers a request with 60 headers',
  'utf8-headers': 'sends headers with letters beyond ASCII, as UTF-8',
  'empty-headers': 'sends headers without a value',
  date: 'sends a Date header',
  'get-body': 'takes a body with GET',
  'any-verb': 'takes verbs beyond those of RFC 9110, such as PROPFIND and REPORT',
  reason: 'sends the reason phrase that the app chose',
  'any-status': 'sends status codes that are not registered',
  'encoded-slash': 'passes the path to the app percent-encoded, so that %2F separates nothing',
  'dot-segments': 'passes . and .. in paths unchanged',
  'head-length': 'answers HEAD with the Content-Length of GET',
  'head-of-stream': 'answers HEAD of a stream without a Content-Length',
  streaming: 'sends the pieces of an answer as they are made',
  'back-pressure': 'lets the producer of an answer wait for a slow client',
  'request-streaming': 'passes a request body to the app as it arrives',
  'request-back-pressure': 'lets a sender wait while the app does not read',
  'broken-body-noticed': 'tells the app that a request body of unannounced length has broken off',
  'early-answer': 'sends the answer to a large body that is not wanted, and that its client is still sending',
  'both-ways': 'sends the answer while the request is still arriving',
  'cut-noticed': 'breaks off so that the client notices, when an answer fails half-way',
  'cut-pieces-noticed': 'breaks off so that the client notices, when an answer of unannounced length fails half-way',
  'abort-noticed': 'tells the app that the client has gone away',
  'early-abort-noticed': 'tells the app that the client has gone away before the answer has begun',
  websocket: 'opens WebSockets',
  'socket-back-pressure': 'slows down a client that sends messages faster than the app reads them',
  'socket-compression': 'compresses WebSocket messages where the route allows it',
  'strict-frames': 'refuses WebSocket control frames above 125 bytes, and fragments that end within a letter',
  'replies-before-close': 'sends replies to WebSocket messages that arrive together with a close',
  'socket-masks': 'refuses WebSocket frames of a client without a mask',
  'registered-close-codes': 'passes on the close codes 3000 to 3999 of a WebSocket client',
  'socket-failure-codes': 'sends a close code (1002, 1007) to a WebSocket client that broke the protocol',
  'handshake-connection': 'takes a handshake without Connection: Upgrade for an ordinary request',
  'handshake-body': 'takes a handshake with a body for an ordinary request',
  'peer-address': 'knows the address of the client',
  ipv6: 'listens on IPv6 addresses',
  drains: 'finishes the requests that it has taken when it is closed',
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** What a server lacks, each with the reason. A case that needs it must fail, or, where the server may lack it, is not run. */
export type Lacks = Readonly<Partial<Record<Capability, string | Sometimes>>>;

/** The reason why a server can do something only sometimes: it depends on what comes first, or on what is in buffers. */
interface Sometimes {
  readonly may: string;
}

/** What the servers of Bun and Deno have in common. */
const RUNTIME = {
  'utf8-headers': 'the headers of a Response are sent as Latin-1',
  'socket-compression': 'the runtime sets it for all routes together',
  reason: 'the runtime sends its own',
  'http-version': 'a Request has none',
  'absolute-form': 'the Host header overrules the target',
  'absolute-host': 'the Host header overrules the target',
  'spared-body': 'a Request cannot tell whether its client waits',
} as const;

const LAMBDA = {
  'absolute-form': 'the event has a path',
  'absolute-host': 'the event has a path',
  'spared-body': 'the gateway in front tells clients to go on, whatever becomes of the body',
  reason: 'the result has a status code only',
  streaming: 'the result is one',
  'back-pressure': 'the result is one',
  'request-streaming': 'the event has the whole body',
  'request-back-pressure': 'the event has the whole body',
  'both-ways': 'the event has the whole body, the result is one',
  'abort-noticed': 'nobody tells a function of its client',
  websocket: 'the event is one request',
  'one-host': 'the event has what the gateway in front made of the headers',
  'known-codings': 'the event has the body as the gateway in front has read it',
} as const;
const UWS: Lacks = {
  pipelining: 'uWebSockets.js closes the connection of a request that comes before the answer to the one before has been given',
  'http1.0': 'uWebSockets.js takes HTTP/1.1 only',
  'absolute-form': 'uWebSockets.js takes paths only',
  'absolute-host': 'uWebSockets.js takes paths only',
  'spared-body': 'uWebSockets.js tells every client to go on, before it asks anybody',
  'chunk-extensions': 'uWebSockets.js 20.30 takes them for a part of the length',
  'bad-requests': 'uWebSockets.js closes the connection, or lets it time out, and does not answer',
  'header-limit': 'uWebSockets.js has none for what arrives at once, and closes the connection of what does not',
  'many-headers':
    'uWebSockets.js does not answer: versions before 20.48 take 48 headers, later ones about 100, and close the connection after 10 seconds',
  'http-version': 'uWebSockets.js takes HTTP/1.1 only',
  'socket-back-pressure':
    'uWebSockets.js cannot stop reading from a client: above 4 MB of unread messages it is closed with 1013',
  'socket-masks': 'uWebSockets.js does not look at the bit, and reads the next bytes as the mask',
  'registered-close-codes': 'uWebSockets.js takes them for a close without a code',
  'socket-failure-codes': 'uWebSockets.js closes the connection without a Close frame',
  'handshake-connection': 'uWebSockets.js goes by Upgrade alone',
  'any-verb': 'uWebSockets.js knows the verbs of RFC 9110 and PATCH',
};

const PROTOCOL = 'FastCGI and CGI have one request and one answer';

/** What front ends do, whatever they have behind them. */
const NGINX = {
  'absolute-form': 'nginx takes the name from it, but the port from the Host header',
  'valid-host': 'nginx takes user information in it',
  'spared-body': 'nginx tells clients to go on when it reads the body',
  'bad-headers': 'nginx passes over such a line',
} as const;

const APACHE = {
  'kept-after-500': 'Apache hangs up after 500, as after 400, 413 and 503',
  'length-and-chunks': 'Apache drops the length, and goes by the chunks (RFC 9112 §6.3 allows it)',
  'both-ways': 'Apache takes all of the body before it looks at the answer',
  'known-codings': 'Apache goes by the last coding, and passes the rest on undecoded',
  'host-forms': 'Apache refuses an empty port',
  'early-abort-noticed': 'Apache looks after its client when it has something to send',
} as const;

const LIGHTTPD = {
  'absolute-form': 'lighttpd refuses a target whose host is not that of the Host header',
  'host-forms': 'lighttpd refuses an underscore',
  'spared-body': 'lighttpd tells clients to go on when it reads the body',
  reason: 'lighttpd sends its own',
  'empty-headers': 'lighttpd leaves them out',
  'empty-length': 'lighttpd leaves empty headers out, and goes by the next',
  'early-abort-noticed': 'lighttpd looks after its client when it has something to send',
} as const;

/**
 * The servers, and what each cannot do. The suite proves both sides: a case passes where nothing is said here, and fails where
 * something is. What a server can do only sometimes is `{ may: reason }`, and nothing is proved.
 */
export const SERVERS = {
  node: {},
  http2: { reason: 'there are no reason phrases in HTTP/2 (RFC 9113 §8.3.2)' },
  cluster: {},
  'node, on a Unix socket': { 'peer-address': 'who comes by a Unix socket has no address' },
  fastcgi: {
    'spared-body': 'the web server in front tells clients to go on, whatever becomes of the body',
    websocket: 'the protocol has one request and one answer',
    'one-host': 'a variable has one value, which the web server in front has chosen',
    'known-codings': 'the web server in front takes the body apart',
  },
  cgi: {
    'spared-body': 'the web server in front tells clients to go on, whatever becomes of the body',
    websocket: 'the protocol has one request and one answer',
    'one-host': 'a variable has one value, which the web server in front has chosen',
    'known-codings': 'the web server in front takes the body apart',
  },
  lambda: LAMBDA,
  bun: {
    ...RUNTIME,
    'dot-segments': 'the URL of a Request has none',
    'one-host': 'Bun gives the first, and the headers of a Request do not tell',
    'known-codings': 'Bun answers 400',
    pipelining: 'Bun closes the connection of a request that comes before the answer to the one before has been given',
  },
  deno: {
    ...RUNTIME,
    'known-codings': 'Deno passes the body on without chunks, and ignores other codings',
    'unread-body': { may: 'Deno hangs up if the rest of the body has not come by the end of the answer' },
    'bad-chunks': 'Deno hangs up without an answer',
    'socket-masks': 'Deno takes frames without a mask',
    'strict-frames': 'Deno takes pongs and closes of any size, and such fragments',
    'replies-before-close': 'Deno answers a close before it passes the messages on',
    'socket-failure-codes': 'Deno closes the connection without a Close frame',
    'socket-back-pressure': 'Deno cannot stop reading from a client: above 4 MB of unread messages it is closed with 1013',
    'handshake-body': 'Deno refuses it with 400, and does not ask the app',
  },
  fetch: {
    'dot-segments': 'the URL of a Request has none',
    'spared-body': 'a Request cannot tell whether its client waits',
    websocket: 'the interface has one Request and one Response',
  },
  uws: UWS,
  nginx: {
    ...NGINX,
    'http-version': 'nginx asks by HTTP/1.1, whatever its client speaks',
    'handshake-connection': 'the configuration for WebSockets adds the header',
  },
  'nginx, FastCGI': {
    ...NGINX,
    websocket: PROTOCOL,
    'cut-pieces-noticed': 'nginx takes the end of the connection for the end of the answer',
  },
  'Apache, balancing': {
    ...APACHE,
    'http-version': 'mod_proxy_http asks by HTTP/1.1, whatever its client speaks',
    'request-streaming': 'mod_proxy_http waits for the first 16 KB of a body, or its end',
    'handshake-connection': 'mod_proxy_http adds the header',
  },
  'Apache, FastCGI': { ...APACHE, 'spared-body': 'Apache tells clients to go on when it reads the body', websocket: PROTOCOL },
  'Apache, CGI': {
    ...APACHE,
    'spared-body': 'Apache tells clients to go on when it reads the body',
    websocket: PROTOCOL,
    'dot-segments': 'PATH_INFO has none, and a path that was rewritten is right as PATH_INFO tells it',
    'broken-body-noticed': { may: 'the end of standard input comes first, and at once the signal that tells the program' },
    'cut-pieces-noticed': 'the end of standard output is all that Apache sees',
    'early-answer': { may: 'mod_cgid passes all of a body, and fails if the program has ended meanwhile' },
  },
  lighttpd: {
    ...LIGHTTPD,
    'http-version': 'mod_proxy asks by HTTP/1.1, whatever its client speaks',
    'request-back-pressure': {
      may: 'with more than 60 KB to be sent lighttpd waits, with 48 to 60 KB it takes all of the body, into files',
    },
  },
  'lighttpd, FastCGI': {
    ...LIGHTTPD,
    'dot-segments': 'PATH_INFO has none, and a path that was rewritten is right as PATH_INFO tells it',
    'request-streaming': 'mod_fastcgi begins when it has all of the body, as it has to tell its length',
    'request-back-pressure': 'mod_fastcgi begins when it has all of the body, as it has to tell its length',
    'both-ways': 'mod_fastcgi begins when it has all of the body, as it has to tell its length',
    websocket: PROTOCOL,
  },
  HAProxy: {
    'early-abort-noticed': 'HAProxy takes a client that has hung up for one that has said all and waits for its answer',
    'known-codings': 'HAProxy answers it with 422',
    'absolute-form': 'HAProxy refuses a target whose host is not that of the Host header',
    'length-and-chunks': 'HAProxy drops the length, and goes by the chunks (RFC 9112 §6.3 allows it)',
  },
} as const satisfies Readonly<Record<string, Lacks>>;

/** What a server of the table lacks. */
export function lacksOf(server: string): Lacks {
  const lacks = (SERVERS as Readonly<Record<string, Lacks>>)[server];
  if (lacks !== undefined) return lacks;
  throw new Error(`There is no '${server}' in the table of capabilities.ts, which has ${Object.keys(SERVERS).join(', ')}.`);
}

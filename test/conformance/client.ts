import { once } from 'node:events';
import { request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { Readable } from 'node:stream';
import { connect as connectSecure } from 'node:tls';
import { RawClient } from '../servers/raw-client.js';
import type { Target } from './case.js';

export interface AskOptions {
  /** In their order; a name may come several times. */
  headers?: readonly (readonly [name: string, value: string])[];
  /** What comes in pieces is sent in pieces, its length unannounced. */
  body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** Goes away. */
  signal?: AbortSignal;
}

/** The head of an answer. */
export interface Head {
  readonly status: number;
  readonly reason: string;
  /** Lower-case names; repeated headers joined by `, `, cookies by a line feed. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer extends Head {
  readonly body: Buffer;
  readonly text: string;
  readonly json: any;
}

export interface Opened extends Head {
  /** Errs when the answer breaks off. */
  readonly body: Readable;
  /** Goes away. */
  destroy(): void;
}

/** Where a server is found: `http://host:port`, `https://…`, or `unix:/path/of/socket`. */
export function http1Target(url: string): Target {
  const open = (method: string, path: string, options: AskOptions = {}) => openHttp1(url, method, path, options);
  return { url, open, ask: (...call) => open(...call).then(whole), connect: () => connect(url) };
}

/** Reads an answer to its end. Rejects when it breaks off. */
export async function whole({ body, status, reason, headers }: Opened): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return {
    status,
    reason,
    headers,
    body: bytes,
    text: bytes.toString(),
    get json() {
      return JSON.parse(bytes.toString());
    },
  };
}

function placeOf(url: string): RequestOptions {
  if (url.startsWith('unix:')) return { socketPath: url.slice(5), host: 'localhost' };
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? 443 : 80) };
}

function openHttp1(url: string, method: string, path: string, { headers = [], body, signal }: AskOptions): Promise<Opened> {
  const send = url.startsWith('https:') ? secureRequest : plainRequest;
  const grouped: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const before = grouped[name];
    grouped[name] = before === undefined ? value : [before, value].flat();
  }
  if (typeof body === 'string' || body instanceof Uint8Array) grouped['Content-Length'] = String(Buffer.byteLength(body));
  return new Promise((resolve, reject) => {
    // `Connection: close`: each has one of its own.
    const call = send({ ...placeOf(url), method, path, headers: grouped, agent: false, rejectUnauthorized: false, signal });
    call.on('response', (message) => {
      // Errors reach the code that reads; otherwise they do not matter.
      message.on('error', () => undefined);
      resolve({
        status: message.statusCode as number,
        reason: message.statusMessage as string,
        headers: joined(message.rawHeaders),
        body: message,
        destroy: () => call.destroy(),
      });
    });
    // After the head, the body tells.
    call.on('error', reject);
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) call.end(body);
    else {
      const source = Readable.from(body);
      source.on('error', () => call.destroy());
      source.pipe(call);
      call.on('close', () => source.destroy());
    }
  });
}

function joined(raw: readonly string[]): Record<string, string> {
  const all: Record<string, string> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    all[name] = name in all ? `${all[name]}${name === 'set-cookie' ? '\n' : ', '}${value}` : value;
  }
  return all;
}

async function connect(url: string): Promise<RawClient> {
  const place = placeOf(url);
  const isSecure = url.startsWith('https:');
  const socket = isSecure
    ? connectSecure({
        host: place.host as string,
        port: Number(place.port),
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
      })
    : connectPlain(place.socketPath ? { path: place.socketPath } : { host: place.host as string, port: Number(place.port) });
  await once(socket, isSecure ? 'secureConnect' : 'connect');
  return new RawClient(socket);
}

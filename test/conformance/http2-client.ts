import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { PassThrough, Readable } from 'node:stream';
import type { Target } from './case.js';
import { type AskOptions, http1Target, type Opened, whole } from './client.js';

/** A server that is spoken to by HTTP/2; only what is about HTTP/1.1 itself and WebSockets takes that. */
export function http2Target(url: string): Target {
  const open = (method: string, path: string, options: AskOptions = {}) => openHttp2(url, method, path, options);
  return { ...http1Target(url), open, ask: (...call) => open(...call).then(whole) };
}

function openHttp2(url: string, method: string, path: string, { headers = [], body, signal }: AskOptions): Promise<Opened> {
  const session = connect(url, { rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const fields: Record<string, string | string[]> = { ':method': method, ':path': path, ':authority': new URL(url).host };
    let isEnded = false;
    for (const [given, value] of headers) {
      const name = given.toLowerCase() === 'host' ? ':authority' : given.toLowerCase();
      fields[name] = fields[name] === undefined || name === ':authority' ? value : [fields[name], value].flat();
    }
    const isWhole = typeof body === 'string' || body instanceof Uint8Array;
    if (isWhole) fields['content-length'] = String(Buffer.byteLength(body));
    const stream = session.request(fields, { endStream: body === undefined, signal });
    // Errs when the stream was reset, also where node only reports an end.
    const out = new PassThrough();
    out.on('error', () => undefined);
    const fail = (error: Error): void => {
      reject(error);
      out.destroy(error);
    };
    stream.on('error', fail);
    stream.on('response', (head) => resolve({ ...headOf(head), body: out, destroy: () => leave(session) }));
    stream.on('close', () => {
      if (!isEnded && stream.rstCode !== constants.NGHTTP2_NO_ERROR) fail(new Error(`The stream was reset: ${stream.rstCode}.`));
      else out.end();
      session.close();
    });
    session.on('close', () => {
      if (!isEnded) fail(new Error('The connection was closed.'));
    });
    stream.pipe(out, { end: false });
    stream.on('end', () => {
      // A stream that is reset ends, too.
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
      isEnded = true;
      out.end();
    });
    out.on('close', () => {
      if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
    });
    if (isWhole) stream.end(body);
    else if (body !== undefined) {
      const source = Readable.from(body);
      // Not by `close`, which would end the request properly before.
      source.on('error', (error) => stream.destroy(error));
      source.pipe(stream);
      stream.on('close', () => source.destroy());
    }
  });
}

function leave(session: ClientHttp2Session): void {
  session.destroy();
}

function headOf(head: IncomingHttpHeaders): Omit<Opened, 'body' | 'destroy'> {
  const { ':status': status, ...rest } = head as IncomingHttpHeaders & { ':status': number };
  const headers = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [name, asBytes(Array.isArray(value) ? value.join('\n') : String(value))]),
  );
  return { status, reason: '', headers };
}

/** As node gives headers of HTTP/1: each byte a letter. Those of HTTP/2 it decodes. */
function asBytes(value: string): string {
  return Buffer.from(value).toString('latin1');
}

import { Bottle, type Request } from 'bottlenose';

/** One part of a form, as a client would write it. */
export interface PartInit {
  /** The value of `Content-Disposition`, or the whole header block as it is sent. */
  disposition?: string;
  head?: string;
  body?: string | Uint8Array;
}

/** Bytes of a text in which each character is a byte. */
export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A multipart body, written by hand. */
export function multipartBody(parts: readonly PartInit[], boundary = 'XX', end = `--${boundary}--\r\n`): Buffer {
  const pieces = parts.flatMap(({ disposition, head, body = '' }) => [
    latin1(`--${boundary}\r\n${head ?? `Content-Disposition: ${disposition}`}\r\n\r\n`),
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body),
    latin1('\r\n'),
  ]);
  return Buffer.concat([...pieces, latin1(end)]);
}

export const field = (name: string, body: string | Uint8Array = ''): PartInit => ({
  disposition: `form-data; name="${name}"`,
  body,
});

export const file = (name: string, filename: string, body: string | Uint8Array = '', type?: string): PartInit => ({
  head: `Content-Disposition: form-data; name="${name}"; filename="${filename}"${type === undefined ? '' : `\r\nContent-Type: ${type}`}`,
  body,
});

/** A POST whose body arrives in the given pieces. */
export function post(pieces: Iterable<Uint8Array> | Uint8Array, contentType: string, path = '/'): globalThis.Request {
  const list = pieces instanceof Uint8Array ? [pieces] : [...pieces];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of list) if (piece.length > 0) controller.enqueue(new Uint8Array(piece));
      controller.close();
    },
  });
  const init = { method: 'POST', headers: { 'Content-Type': contentType }, body, duplex: 'half' };
  return new globalThis.Request(`http://localhost${path}`, init as RequestInit);
}

export const multipartType = 'multipart/form-data; boundary=XX';

/** An app with one route, which passes the request to a function. */
export function receiving(handler: (request: Request) => unknown, options: ConstructorParameters<typeof Bottle>[0] = {}): Bottle {
  const app = new Bottle({ logger: () => undefined, ...options });
  app.post('/', (_args, { request }) => handler(request));
  return app;
}

/** What an app answers to a form, as status and text. */
export async function answerTo(app: Bottle, request: globalThis.Request): Promise<[number, string]> {
  const response = await app.fetch(request);
  return [response.status, await response.text()];
}

/** Everything that a form held, as data: lists of name and value, files with their bytes in latin1. */
export async function contentsOf({ forms, files }: Request): Promise<{ fields: [string, string][]; files: string[][] }> {
  const uploads: string[][] = [];
  for (const [name, upload] of files) {
    uploads.push([name, upload.rawFilename, upload.contentType, (await upload.bytes()).toString('latin1')]);
  }
  return { fields: [...forms], files: uploads };
}

/** A value that has one obvious text: dates become ISO 8601 in UTC. */
export type FieldValue = string | number | bigint | boolean | Date;

/** Names and values, as objects or pairs. A list gives its name several times; `undefined` and `null` are left out. */
export type Fields =
  | Readonly<Record<string, FieldValue | null | undefined | readonly (FieldValue | null | undefined)[]>>
  | Iterable<readonly [string, FieldValue | null | undefined]>;

/** A file to upload, written on the spot. */
export interface FileContent {
  filename: string;
  content: string | Uint8Array | ArrayBuffer | Blob;
  /** Its media type. Default: `application/octet-stream`. */
  type?: string;
}

/** What a field of a multipart form may hold: a text, a `Blob` or `File`, or content with a name and a type. */
export type MultipartValue = FieldValue | Blob | FileContent;

/** The fields and files of a multipart form. */
export type MultipartFields =
  | FormData
  | Readonly<Record<string, MultipartValue | null | undefined | readonly (MultipartValue | null | undefined)[]>>;

/** What a request may be given as its body; one of them. */
export interface BodyInit {
  /** Sent as `application/json`. */
  json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: Fields;
  /** Sent as `multipart/form-data`: plain values, `Blob`s and `File`s, or `{ filename, content, type }`. */
  multipart?: MultipartFields;
  /** Sent as it is. Set its `Content-Type` with `headers`; a string is `text/plain` without. */
  body?: string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>;
}

/** A body ready to be sent, more than once unless it is a stream. */
export interface EncodedBody {
  content: Uint8Array | ReadableStream<Uint8Array>;
  type: string | undefined;
}

const KINDS = ['json', 'form', 'multipart', 'body'] as const;

/**
 * Encodes the body of a request, if there is one.
 *
 * @throws TypeError for more than one of them, and for values that have no obvious text.
 */
export async function encodeBody(init: BodyInit): Promise<EncodedBody | undefined> {
  const given = KINDS.filter((kind) => init[kind] !== undefined);
  if (given.length > 1) throw new TypeError(`A request has one body, but got ${given.join(' and ')}: leave one of them.`);
  switch (given[0]) {
    case undefined:
      return undefined;
    case 'json':
      return { content: jsonBytes(init.json), type: 'application/json' };
    case 'form': {
      const text = encodeFields(init.form as Fields);
      return { content: new TextEncoder().encode(text), type: 'application/x-www-form-urlencoded' };
    }
    case 'multipart':
      return ready(formData(init.multipart as MultipartFields));
    default:
      return init.body instanceof ReadableStream
        ? { content: init.body, type: undefined }
        : ready(init.body as Exclude<BodyInit['body'], ReadableStream | undefined>);
  }
}

/** Fields in the form of a query or an urlencoded body. */
export function encodeFields(fields: Fields): string {
  const params = new URLSearchParams();
  for (const [name, value] of pairsOf(fields)) params.append(name, textOf(name, value as FieldValue));
  return params.toString();
}

function jsonBytes(value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`json: a ${typeof value} cannot be written as JSON.`);
  return new TextEncoder().encode(text);
}

/** Has the platform encode what it knows, so that the client need not. */
async function ready(body: string | Uint8Array | ArrayBuffer | Blob | FormData): Promise<EncodedBody> {
  const response = new globalThis.Response(body as never);
  return { content: new Uint8Array(await response.arrayBuffer()), type: response.headers.get('content-type') ?? undefined };
}

function formData(fields: MultipartFields): FormData {
  if (fields instanceof FormData) return fields;
  const form = new FormData();
  for (const [name, value] of pairsOf(fields)) {
    if (value instanceof Blob) form.append(name, value);
    else if (isFileContent(value)) form.append(name, new File([value.content as BlobPart], value.filename, { type: value.type }));
    else form.append(name, textOf(name, value as FieldValue));
  }
  return form;
}

function isFileContent(value: unknown): value is FileContent {
  return typeof value === 'object' && value !== null && 'filename' in value && 'content' in value;
}

function* pairsOf(fields: object): Generator<[string, unknown]> {
  const entries = Symbol.iterator in fields ? (fields as Iterable<[string, unknown]>) : Object.entries(fields);
  for (const [name, given] of entries) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (value !== undefined && value !== null) yield [name, value];
    }
  }
}

function textOf(name: string, value: FieldValue): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
    throw new TypeError(
      `The field '${name}' is of type ${typeof value}, which has no obvious text: give a string, or send json.`,
    );
  }
  return String(value);
}

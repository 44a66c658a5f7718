/** A value with an unambiguous text. Dates become ISO 8601 in UTC. */
export type FieldValue = string | number | bigint | boolean | Date;

/** Names and values, as an object or pairs. A list repeats its name; `undefined` and `null` are omitted. */
export type Fields =
  | Readonly<Record<string, FieldValue | null | undefined | readonly (FieldValue | null | undefined)[]>>
  | Iterable<readonly [string, FieldValue | null | undefined]>;

/** The content of a file to upload. */
export interface FileContent {
  filename: string;
  content: string | Uint8Array | ArrayBuffer | Blob;
  /** The media type. Default: `application/octet-stream`. */
  type?: string;
}

/** A value of a multipart form: text, a `Blob` or `File`, or content with a file name and a type. */
export type MultipartValue = FieldValue | Blob | FileContent;

/** The fields and files of a multipart form. */
export type MultipartFields =
  | FormData
  | Readonly<Record<string, MultipartValue | null | undefined | readonly (MultipartValue | null | undefined)[]>>;

/** The body of a request. At most one of these is set. */
export interface BodyInit {
  /** Sent as `application/json`. */
  json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: Fields;
  /** Sent as `multipart/form-data`: plain values, `Blob`s and `File`s, or `{ filename, content, type }`. */
  multipart?: MultipartFields;
  /** Sent unchanged. Set its `Content-Type` in `headers`; a string without one is `text/plain`. */
  body?: string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>;
}

/** An encoded body. It can be sent several times unless it is a stream. */
export interface EncodedBody {
  content: Uint8Array | ReadableStream<Uint8Array>;
  type: string | undefined;
}

const BODY_KINDS = ['json', 'form', 'multipart', 'body'] as const;

/**
 * Encodes the body of a request, if there is one.
 *
 * @throws TypeError for more than one body, and for values without an unambiguous text.
 */
export async function encodeBody(init: BodyInit): Promise<EncodedBody | undefined> {
  const given = BODY_KINDS.filter((kind) => init[kind] !== undefined);
  if (given.length > 1) throw new TypeError(`A request has one body, but got ${given.join(' and ')}: remove all but one.`);
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
      return toBytes(formData(init.multipart as MultipartFields));
    default:
      return init.body instanceof ReadableStream
        ? { content: init.body, type: undefined }
        : toBytes(init.body as Exclude<BodyInit['body'], ReadableStream | undefined>);
  }
}

/** Encodes fields as a query or urlencoded body. */
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

/** Uses the platform's encoding for its own types. */
async function toBytes(body: string | Uint8Array | ArrayBuffer | Blob | FormData): Promise<EncodedBody> {
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
      `The field '${name}' is of type ${typeof value}, which has no unambiguous text: use a string, or send json.`,
    );
  }
  return String(value);
}

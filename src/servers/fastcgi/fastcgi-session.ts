import {
  EndStatus,
  FastCgiError,
  type FcgiRecord,
  RecordReader,
  RecordType,
  readPairs,
  Role,
  writeEnd,
  writePairs,
  writeRecord,
} from './fastcgi-records.js';

/** How large the variables of a request may be together, in bytes. */
const MAX_PARAMS = 1024 * 1024;

/** Takes what happens on a FastCGI connection. */
export interface FastCgiEvents {
  /** Bytes for the front end. */
  reply(bytes: Buffer): void;
  /** The front end waits for the connection to be closed. */
  close(): void;
  /** A request, as soon as its variables are complete. */
  request(id: number, variables: Record<string, string>): void;
  /** A piece of its body. */
  body(chunk: Buffer): void;
  bodyEnd(): void;
  /** The front end does not want the answer any more. */
  abort(): void;
}

interface Active {
  readonly id: number;
  readonly keepConn: boolean;
  state: 'params' | 'body' | 'answering';
  params: Buffer[];
  size: number;
}

/**
 * The application's side of one FastCGI connection, without the connection: bytes go in, events come out. It takes one request at
 * a time, and refuses to multiplex.
 */
export class FastCgiSession {
  readonly #events: FastCgiEvents;
  readonly #values: ReadonlyMap<string, string>;
  readonly #reader = new RecordReader();
  #active: Active | undefined;
  #isHeld = false;

  /** @param values answers to FCGI_GET_VALUES. */
  constructor(events: FastCgiEvents, values: Readonly<Record<string, string>>) {
    this.#events = events;
    this.#values = new Map(Object.entries(values));
  }

  /** Whether a request has begun and not ended. */
  get isBusy(): boolean {
    return this.#active !== undefined;
  }

  /** The next bytes of the connection. @throws FastCgiError for what is not FastCGI: the connection must be closed. */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#read();
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Reads no further, until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** @throws FastCgiError as `push` does. */
  release(): void {
    this.#isHeld = false;
    this.#read();
  }

  /** The answer to the active request is complete. Gives the record that says so, and whether the connection goes on. */
  end(): { record: Buffer; keepConn: boolean } {
    const { id, keepConn } = this.#active as Active;
    this.#active = undefined;
    return { record: writeEnd(id, EndStatus.complete), keepConn };
  }

  #read(): void {
    while (!this.#isHeld) {
      const record = this.#reader.next();
      if (record === undefined) return;
      if (record.id === 0) this.#manage(record);
      else this.#take(record);
    }
  }

  /** Management records belong to no request (§4). */
  #manage({ type, content }: FcgiRecord): void {
    if (type !== RecordType.getValues) {
      this.#events.reply(writeRecord(RecordType.unknownType, 0, Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])));
      return;
    }
    const known = readPairs(content).flatMap(([name]) => {
      const value = this.#values.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    this.#events.reply(writeRecord(RecordType.getValuesResult, 0, writePairs(known)));
  }

  #take(record: FcgiRecord): void {
    if (record.type === RecordType.beginRequest) {
      this.#begin(record);
      return;
    }
    const active = this.#active;
    // Records of requests that have ended may still be on their way (§3.3).
    if (active === undefined || record.id !== active.id) return;
    if (record.type === RecordType.params) this.#params(active, record.content);
    else if (record.type === RecordType.stdin) this.#stdin(active, record.content);
    else if (record.type === RecordType.abortRequest) this.#abort(active);
  }

  #begin({ id, content }: FcgiRecord): void {
    if (content.length < 8) throw new FastCgiError('A request begins with a record that is too short.');
    const role = content.readUInt16BE(0);
    const keepConn = ((content[2] as number) & 1) === 1;
    if (this.#active?.id === id) throw new FastCgiError(`The request ${id} begins a second time.`);
    if (this.#active !== undefined) this.#events.reply(writeEnd(id, EndStatus.cannotMultiplex));
    else if (role !== Role.responder) this.#refuse(id, EndStatus.unknownRole, keepConn);
    else this.#active = { id, keepConn, state: 'params', params: [], size: 0 };
  }

  #refuse(id: number, status: number, keepConn: boolean): void {
    this.#events.reply(writeEnd(id, status));
    if (!keepConn) this.#events.close();
  }

  #params(active: Active, content: Buffer): void {
    if (active.state !== 'params') return;
    if (content.length > 0) {
      active.size += content.length;
      if (active.size > MAX_PARAMS) throw new FastCgiError(`The variables of a request take more than ${MAX_PARAMS} bytes.`);
      active.params.push(content);
      return;
    }
    // A null prototype: names come from outside.
    const variables: Record<string, string> = Object.create(null);
    for (const [name, value] of readPairs(Buffer.concat(active.params))) {
      // nginx before 1.23 sends repeated headers one by one (RFC 9110 §5.2, and RFC 6265 §5.4 for cookies).
      const before = name.startsWith('HTTP_') ? variables[name] : undefined;
      variables[name] = before === undefined ? value : `${before}${name === 'HTTP_COOKIE' ? '; ' : ', '}${value}`;
    }
    active.params = [];
    active.state = 'body';
    this.#events.request(active.id, variables);
  }

  #stdin(active: Active, content: Buffer): void {
    if (active.state === 'params') throw new FastCgiError('The body of a request begins before its variables end.');
    if (active.state !== 'body') return;
    if (content.length > 0) {
      this.#events.body(content);
      return;
    }
    active.state = 'answering';
    this.#events.bodyEnd();
  }

  #abort(active: Active): void {
    if (active.state !== 'params') {
      this.#events.abort();
      return;
    }
    this.#active = undefined;
    this.#refuse(active.id, EndStatus.complete, active.keepConn);
  }
}

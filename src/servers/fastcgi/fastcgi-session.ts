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

/** The largest size of a request's variables together, in bytes. */
const MAX_PARAMS = 1024 * 1024;

/** Receives the events of a FastCGI connection. */
interface FastCgiEvents {
  /** Sends bytes to the web server. */
  reply(bytes: Buffer): void;
  /** The web server expects the connection to be closed. */
  close(): void;
  /** A request whose variables are complete. */
  request(id: number, variables: Record<string, string>): void;
  /** A chunk of the body. */
  body(chunk: Buffer): void;
  bodyEnd(): void;
  /** The web server no longer wants the answer. */
  abort(): void;
}

interface ActiveRequest {
  readonly id: number;
  readonly keepConn: boolean;
  state: 'params' | 'body' | 'answering';
  params: Buffer[];
  size: number;
}

/**
 * The application's side of one FastCGI connection, without I/O: bytes go in, events come out. It handles one request at a time
 * and refuses to multiplex.
 */
export class FastCgiSession {
  readonly #events: FastCgiEvents;
  readonly #values: ReadonlyMap<string, string>;
  readonly #reader = new RecordReader();
  #active: ActiveRequest | undefined;
  #isPaused = false;

  /** @param values the answers to FCGI_GET_VALUES. */
  constructor(events: FastCgiEvents, values: Readonly<Record<string, string>>) {
    this.#events = events;
    this.#values = new Map(Object.entries(values));
  }

  /** Whether a request has begun and has not ended. */
  get isBusy(): boolean {
    return this.#active !== undefined;
  }

  /**
   * Parses the next bytes of the connection.
   *
   * @throws FastCgiError for data that is not FastCGI. The connection must be closed then.
   */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#parse();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Stops parsing until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  /** @throws FastCgiError as `push` does. */
  resume(): void {
    this.#isPaused = false;
    this.#parse();
  }

  /** Completes the answer to the active request. Returns the record that ends it, and whether the connection stays open. */
  end(): { record: Buffer; keepConn: boolean } {
    const { id, keepConn } = this.#active as ActiveRequest;
    this.#active = undefined;
    return { record: writeEnd(id, EndStatus.complete), keepConn };
  }

  #parse(): void {
    while (!this.#isPaused) {
      const record = this.#reader.next();
      if (record === undefined) return;
      if (record.id === 0) this.#handleManagementRecord(record);
      else this.#handleRequestRecord(record);
    }
  }

  /** Management records belong to no request (§4). */
  #handleManagementRecord({ type, content }: FcgiRecord): void {
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

  #handleRequestRecord(record: FcgiRecord): void {
    if (record.type === RecordType.beginRequest) {
      this.#begin(record);
      return;
    }
    const active = this.#active;
    // Records of ended requests may still arrive (§3.3).
    if (active === undefined || record.id !== active.id) return;
    if (record.type === RecordType.params) this.#params(active, record.content);
    else if (record.type === RecordType.stdin) this.#stdin(active, record.content);
    else if (record.type === RecordType.abortRequest) this.#abort(active);
  }

  #begin({ id, content }: FcgiRecord): void {
    if (content.length < 8) throw new FastCgiError('The first record of a request is too short.');
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

  #params(active: ActiveRequest, content: Buffer): void {
    if (active.state !== 'params') return;
    if (content.length > 0) {
      active.size += content.length;
      if (active.size > MAX_PARAMS) throw new FastCgiError(`The variables of a request take more than ${MAX_PARAMS} bytes.`);
      active.params.push(content);
      return;
    }
    // A null prototype, because the names come from outside.
    const variables: Record<string, string> = Object.create(null);
    for (const [name, value] of readPairs(Buffer.concat(active.params))) {
      // nginx before 1.23 sends repeated headers separately (RFC 9110 §5.2, and RFC 6265 §5.4 for cookies).
      const previous = name.startsWith('HTTP_') ? variables[name] : undefined;
      variables[name] = previous === undefined ? value : `${previous}${name === 'HTTP_COOKIE' ? '; ' : ', '}${value}`;
    }
    active.params = [];
    active.state = 'body';
    this.#events.request(active.id, variables);
  }

  #stdin(active: ActiveRequest, content: Buffer): void {
    if (active.state === 'params') throw new FastCgiError('The body of a request begins before its variables end.');
    if (active.state !== 'body') return;
    if (content.length > 0) {
      this.#events.body(content);
      return;
    }
    active.state = 'answering';
    this.#events.bodyEnd();
  }

  #abort(active: ActiveRequest): void {
    if (active.state !== 'params') {
      this.#events.abort();
      return;
    }
    this.#active = undefined;
    this.#refuse(active.id, EndStatus.complete, active.keepConn);
  }
}

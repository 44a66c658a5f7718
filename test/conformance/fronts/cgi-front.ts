// A small web server in front of CGI and FastCGI programs, for tests that need no other: what RFC 3875 asks of it, and no more.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';

/** The meta-variables of a request, for a program that stands at `scriptName`. */
export function variablesFor(request: IncomingMessage, scriptName = ''): Record<string, string> {
  const uri = (request.url as string).replace(/^[a-z]+:\/\/[^/]*/i, '');
  const [path = '', query = ''] = uri.split(/\?(.*)/s);
  const { localAddress, localPort, remoteAddress, remotePort } = request.socket;
  const variables: Record<string, string> = {
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_SOFTWARE: 'front',
    SERVER_NAME: 'localhost',
    SERVER_ADDR: localAddress as string,
    SERVER_PORT: String(localPort),
    SERVER_PROTOCOL: `HTTP/${request.httpVersion}`,
    REQUEST_METHOD: request.method as string,
    REQUEST_URI: uri,
    QUERY_STRING: query,
    SCRIPT_NAME: scriptName,
    REMOTE_ADDR: remoteAddress as string,
    REMOTE_PORT: String(remotePort),
  };
  const info = decode(path.slice(scriptName.length));
  if (info !== '') variables.PATH_INFO = info;
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const [name, value] = request.rawHeaders.slice(i, i + 2) as [string, string];
    const upper = name.toUpperCase().replaceAll('-', '_');
    const key = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH' ? upper : `HTTP_${upper}`;
    variables[key] = key in variables ? `${variables[key]}${upper === 'COOKIE' ? '; ' : ', '}${value}` : value;
  }
  const host = /^[a-z]+:\/\/([^/]*)/i.exec(request.url as string)?.[1];
  if (host !== undefined) variables.HTTP_HOST = host;
  return variables;
}

function decode(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Hands a CGI response on as it comes. `complete` is asked at its end. */
export function relay(output: Readable, response: ServerResponse, complete: () => Promise<boolean>): void {
  let head: Buffer | undefined = Buffer.alloc(0);
  const fail = (): void => void response.destroy();
  output.on('data', (chunk: Buffer) => {
    let body: Buffer = chunk;
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const [status, reason, headers] = parse(head.toString('utf8', 0, end));
      if (reason === '') response.writeHead(status, headers);
      else response.writeHead(status, reason, headers);
      response.flushHeaders();
      body = head.subarray(end + 4);
      head = undefined;
    }
    if (body.length > 0) toward(response, body, output);
  });
  output.on('end', async () => {
    if ((await complete()) && response.headersSent) response.end();
    else fail();
  });
  output.on('error', fail);
}

function toward(to: Writable, bytes: Buffer, from: Readable): void {
  if (to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}

function parse(head: string): [number, string, string[]] {
  const headers: string[] = [];
  let [status, reason] = [200, ''];
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`No header: ${JSON.stringify(line)}`);
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() !== 'status') headers.push(name, value);
    else {
      status = Number(value.slice(0, 3));
      reason = value.slice(4);
    }
  }
  return [status, reason, headers];
}

import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { basename } from 'node:path';

/** The cookies that `-c` and `-b` share, by the file's name. */
export type Jars = Map<string, Map<string, string>>;

interface Call {
  url: string;
  method?: string;
  headers: [string, string][];
  data: string[];
  parts: FormData | undefined;
  show: 'body' | 'all' | 'head';
  follow: boolean;
  jar?: string;
}

/** The words of a command line, as a shell gives them. What only a shell could do is refused, so that readers can paste the line. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [token] of line.matchAll(/'[^']*'|"(?:[^"\\]|\\.)*"|\\.|\s+|[^\s'"\\]+/g)) {
    if (/^\s/.test(token)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (token.startsWith("'")) word = (word ?? '') + token.slice(1, -1);
    else if (token.startsWith('"')) word = (word ?? '') + token.slice(1, -1).replace(/\\(["\\$`])/g, '$1');
    else if (token.startsWith('\\')) word = (word ?? '') + token.slice(1);
    else if (/[&|;<>(){}*?$`!]/.test(token)) throw new Error(`a shell would not take '${token}' as it is: ${line}`);
    else word = (word ?? '') + token;
  }
  return word === undefined ? words : [...words, word];
}

/** What `curl` prints for these words, with the options that the pages use; `base` stands for http://127.0.0.1:8080. */
export async function curl(words: readonly string[], base: string, jars: Jars): Promise<string> {
  const call = readCall(words);
  let url = call.url.replace(/^(http:\/\/)?(localhost|127\.0\.0\.1):8080/, base);
  let printed = '';
  for (let hops = 0; ; hops++) {
    const { response, body } = await send(url, call, call.jar === undefined ? undefined : jarOf(jars, call.jar));
    const { httpVersion, statusCode = 0, statusMessage = '', rawHeaders, headers } = response;
    if (call.show !== 'body') {
      const fields = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
      printed += [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`, ...fields, '', ''].join('\n');
    }
    const next = headers.location;
    if (!call.follow || next === undefined || statusCode < 300 || hops > 9) return printed + (call.show === 'head' ? '' : body);
    url = new URL(next, url).href;
    Object.assign(call, { method: 'GET', data: [], parts: undefined });
  }
}

function readCall(words: readonly string[]): Call {
  const call: Call = { url: '', headers: [], data: [], parts: undefined, show: 'body', follow: false };
  const rest = [...words];
  const value = (): string => rest.shift() ?? '';
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-')) call.url = word;
    else if (word === '-X') call.method = value();
    else if (word === '-d') call.data.push(value());
    else if (word === '--data-urlencode') call.data.push(urlencoded(value()));
    else if (word === '-H')
      call.headers.push(
        value()
          .split(/: *(.*)/)
          .slice(0, 2) as [string, string],
      );
    else if (word === '-u') call.headers.push(['Authorization', `Basic ${Buffer.from(value()).toString('base64')}`]);
    else if (word === '-F') call.parts = addPart(call.parts ?? new FormData(), value());
    else if (word === '-i') call.show = 'all';
    else if (word === '-I') call.show = 'head';
    else if (word === '-L') call.follow = true;
    else if (word === '-c') call.jar = value();
    else if (word === '-b') {
      const jar = value();
      if (jar.includes('=')) call.headers.push(['Cookie', jar]);
      else call.jar = jar;
    } else if (word !== '-s' && word !== '-N') throw new Error(`this curl knows no option ${word}`);
  }
  return call;
}

function urlencoded(field: string): string {
  const [name = '', text = ''] = field.split(/=(.*)/s);
  return `${name}=${encodeURIComponent(text).replaceAll('%20', '+')}`;
}

function addPart(form: FormData, field: string): FormData {
  const [name = '', text = ''] = field.split(/=(.*)/s);
  if (!text.startsWith('@')) {
    form.append(name, text);
    return form;
  }
  const [file = '', type] = text.slice(1).split(';type=');
  form.append(name, new Blob([readFileSync(file)], { type: type ?? 'application/octet-stream' }), basename(file));
  return form;
}

function jarOf(jars: Jars, name: string): Map<string, string> {
  const jar = jars.get(name) ?? new Map<string, string>();
  jars.set(name, jar);
  return jar;
}

async function send(
  url: string,
  { method, headers, data, parts, show }: Call,
  jar: Map<string, string> | undefined,
): Promise<{ response: IncomingMessage; body: string }> {
  let payload: Buffer | undefined;
  const sent: Record<string, string> = { Accept: '*/*', 'User-Agent': 'curl/8' };
  if (parts !== undefined) {
    const coded = new Response(parts);
    sent['Content-Type'] = coded.headers.get('content-type') as string;
    payload = Buffer.from(await coded.arrayBuffer());
  } else if (data.length > 0) {
    sent['Content-Type'] = 'application/x-www-form-urlencoded';
    payload = Buffer.from(data.join('&'));
  }
  if (payload !== undefined) sent['Content-Length'] = String(payload.length);
  if (jar !== undefined && jar.size > 0) sent.Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  for (const [name, value] of headers) {
    for (const known of Object.keys(sent)) if (known.toLowerCase() === name.toLowerCase()) delete sent[known];
    sent[name] = value;
  }
  const verb = method ?? (show === 'head' ? 'HEAD' : payload === undefined ? 'GET' : 'POST');
  const response = await new Promise<IncomingMessage>((taken, failed) => {
    request(url, { method: verb, headers: sent, agent: false }, taken).on('error', failed).end(payload);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  for (const cookie of response.headers['set-cookie'] ?? []) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/;\s*max-age=(0|-\d+)|expires=Thu, 01 Jan 1970/i.test(cookie)) jar?.delete(name);
    else jar?.set(name, value);
  }
  return { response, body: Buffer.concat(chunks).toString() };
}

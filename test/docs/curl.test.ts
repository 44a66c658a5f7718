import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bottle, type RunningServer, redirect } from 'bottlenose';
import { curl, type Jars, shellWords } from './curl.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('test/docs/curl.test.ts: there is no curl here to compare with\n');

let server: RunningServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curl-'));
  writeFileSync(join(folder, 'note.txt'), 'A note.\n');
  const app = new Bottle();
  app.any('/echo', ({ request, response }) => {
    response.deleteCookie('gone');
    response.setCookie('visits', String(Number(request.cookies.get('visits', '0')) + 1), { path: '/' });
    const { method, headers, queryString, forms, files } = request;
    const length = request.contentType.startsWith('multipart') ? 'any' : (headers.get('Content-Length') ?? '0');
    const type = request.contentType.split(';')[0];
    const upload = files.get('file');
    const file = upload && { name: upload.filename, type: upload.contentType, length: upload.contentLength };
    const given = ['accept', 'authorization', 'cookie', 'x-name'].map((name) => headers.get(name));
    return {
      method,
      type,
      length,
      given,
      queryString,
      forms: forms.toObject(),
      body: type === 'text/plain' ? request.text : '',
      file,
    };
  });
  app.get('/away', () => redirect('/echo?from=away'));
  server = await app.run({ port: 0, quiet: true });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const COMMANDS = [
  'curl http://127.0.0.1:8080/echo',
  "curl 'http://127.0.0.1:8080/echo?a=1&b=%20'",
  'curl -i http://127.0.0.1:8080/echo',
  'curl -I http://127.0.0.1:8080/echo',
  'curl -i http://127.0.0.1:8080/nowhere',
  'curl -X DELETE http://127.0.0.1:8080/echo',
  "curl -d name=Ada -d 'note=a b' http://127.0.0.1:8080/echo",
  "curl --data-urlencode 'note=a & b' http://127.0.0.1:8080/echo",
  "curl -H 'Content-Type: text/plain' -d 'plain text' http://127.0.0.1:8080/echo",
  "curl -X PUT -H 'accept: text/html' -H 'X-Name: Ada' http://127.0.0.1:8080/echo",
  'curl -u ada:secret http://127.0.0.1:8080/echo',
  'curl -b theme=dark http://127.0.0.1:8080/echo',
  'curl -i -L http://127.0.0.1:8080/away',
  "curl -F title=Note -F 'file=@note.txt;type=text/plain' http://127.0.0.1:8080/echo",
  'curl -c jar.txt http://127.0.0.1:8080/echo',
  'curl -b jar.txt -c jar.txt http://127.0.0.1:8080/echo',
  'curl -b jar.txt http://127.0.0.1:8080/echo',
];

describe('what the pages call curl', () => {
  (hasCurl ? it : it.skip)(
    'prints what curl prints',
    async () => {
      const jars: Jars = new Map();
      const before = process.cwd();
      for (const command of COMMANDS) {
        const line = command.replace('http://127.0.0.1:8080', server.url).replace('curl ', 'curl -s ');
        const real = await promisify(execFile)('sh', ['-c', line], { cwd: folder, timeout: 30_000 });
        process.chdir(folder);
        const ours = await curl(shellWords(command).slice(1), server.url, jars).finally(() => process.chdir(before));
        expect({ command, printed: normal(ours) }).toEqual({ command, printed: normal(real.stdout) });
      }
    },
    60_000,
  );

  it.each(['curl http://localhost/?a=1&b=2', 'curl -d {"a":1} http://localhost/', 'curl http://localhost/<id>'])(
    'refuses what a shell would understand otherwise: %s',
    (command) => expect(() => shellWords(command)).toThrow('a shell would not take'),
  );

  it.each([
    [`curl -d '{"a": "b c"}' x`, ['curl', '-d', '{"a": "b c"}', 'x']],
    ['curl -H "X-Name: a \\"b\\"" x', ['curl', '-H', 'X-Name: a "b"', 'x']],
    ["curl -d '' x\\ y", ['curl', '-d', '', 'x y']],
  ])('takes words apart as a shell does: %s', (command, words) => expect(shellWords(command)).toEqual(words));
});

/** Times differ, and where it listens. */
function normal(text: string): string {
  return text
    .replace(/\r/g, '')
    .replace(/^(Date): .*$/gm, '$1: …')
    .replace(/^(Connection|Keep-Alive): .*\n/gm, '');
}

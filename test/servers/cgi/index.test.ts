import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundled } from '../../conformance/bundle.js';
import { until } from '../raw-client.js';

const fixture = fileURLToPath(new URL('../fixtures/cgi-app.mjs', import.meta.url));
let program: { file: string; remove(): void };

beforeAll(async () => {
  program = await bundled(`import ${JSON.stringify(fixture)};`);
}, 60_000);

afterAll(() => program.remove());

/** Starts the program as a web server does. Its streams are what a shell makes of them: pipes, or a file. */
function start(path: string, { env = {}, shell = '' }: { env?: Record<string, string>; shell?: string } = {}) {
  const variables = { REQUEST_METHOD: 'GET', REQUEST_URI: `/cgi-bin/app${path}`, SCRIPT_NAME: '/cgi-bin/app', PATH_INFO: path };
  const command = `exec "${process.execPath}" "${program.file}" ${shell}`;
  const child = spawn('sh', ['-c', command], {
    env: { PATH: process.env.PATH, ...variables, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  return { child, ended, output: () => output, errors: () => errors };
}

describe('a CGI program', () => {
  it('answers, closes its plugins, and ends; what it prints goes to the error log', async () => {
    const { ended, output, errors } = start('/');
    expect(await ended).toEqual([0, null]);
    expect(output()).toBe('Status: 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: 4\r\n\r\nhome');
    expect(errors().split('\n').filter(Boolean)).toEqual(['printed', 'written', 'plugin closed', 'run is over']);
  });

  it('knows where it stands', async () => {
    const { ended, output } = start('/where', { env: { HTTP_HOST: 'example.org', HTTPS: 'on' } });
    await ended;
    expect(output().split('\r\n\r\n')[1]).toBe('/cgi-bin/app/ /where https://example.org/cgi-bin/app/where');
  });

  it('keeps the headers of its client out of its environment, and ignores Proxy', async () => {
    const sent = { HTTP_PROXY: 'http://192.0.2.9:3128', HTTP_NO_PROXY: '*', HTTP_USER_AGENT: 'a test', HTTP_HOST: 'example.org' };
    const { ended, output } = start('/environment', { env: sent });
    expect(await ended).toEqual([0, null]);
    expect(JSON.parse(output().split('\r\n\r\n')[1] as string)).toEqual({
      own: [],
      started: 'undefined',
      environ: null,
      proxy: null,
      headers: ['Host', 'No-Proxy', 'User-Agent'],
      agent: 'a test',
      path: true,
    });
  });

  it('sends all of a large answer into a pipe that is read slowly, and into a file', async () => {
    const slow = start('/large', { shell: '| (sleep 0.3; cat)' });
    await slow.ended;
    expect(slow.output().split('\r\n\r\n')[1]).toHaveLength(5_000_000);
    const path = join(tmpdir(), `cgi-${process.pid}.txt`);
    openSync(path, 'w');
    const filed = start('/large', { shell: `> "${path}"` });
    expect(await filed.ended).toEqual([0, null]);
    expect(readFileSync(path, 'latin1').split('\r\n\r\n')[1]).toHaveLength(5_000_000);
    rmSync(path);
  });

  it('ends although a timer would keep it', async () => {
    const { ended, output } = start('/timer');
    expect(await ended).toEqual([0, null]);
    expect(output()).toMatch(/timed$/);
  });

  it('logs errors, and answers them', async () => {
    const { ended, output, errors } = start('/throw');
    expect(await ended).toEqual([0, null]);
    expect(output()).toMatch(/^Status: 500 Internal Server Error\r\n/);
    expect(output()).not.toContain('for the log');
    expect(errors()).toContain('for the log');
  });

  it('aborts on SIGTERM, lets the handler clean up, and dies of the signal', async () => {
    const { child, ended, output, errors } = start('/endless');
    await until(() => output().includes('more'), 'the answer to begin', 20_000);
    child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(errors()).toMatch(/cleaned up\n[\s\S]*plugin closed/);
  });

  it('aborts when nobody reads the answer any more', async () => {
    const { ended, errors } = start('/endless', { shell: '| head -n 8 > /dev/null' });
    await ended;
    expect(errors()).toMatch(/cleaned up\n[\s\S]*plugin closed/);
  });

  it('says what is missing when no web server has started it', async () => {
    const child = spawn(process.execPath, [program.file], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(errors).toContain('This process has no request to answer');
  });
});

import { spawn } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const PATH = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);

/**
 * Runs a command at the root of the repository, without stdin, and ends it with all its children after `minutes`.
 *
 * @param {string} command a program, looked up in node_modules/.bin first
 * @param {string[]} args
 * @param {{ minutes?: number, echo?: boolean, cwd?: string }} options `echo` also shows the output while it comes
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { minutes = 3, echo = false, cwd = root } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const stop = () => {
      try {
        // The group, because the programs in .bin start workers of their own.
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended in the meantime.
      }
    };
    let output = '';
    const take = (chunk) => {
      output += chunk;
      if (echo) process.stderr.write(chunk);
    };
    const timer = setTimeout(() => {
      take(`${command} did not end within ${minutes} minutes\n`);
      stop();
    }, minutes * 60_000);
    const interrupt = () => {
      stop();
      process.exit(130);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const end = (code) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      done({ code, output });
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('error', (error) => {
      take(`${error.message}\n`);
      end(127);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

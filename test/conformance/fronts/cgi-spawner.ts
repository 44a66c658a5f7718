import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { relay, variablesFor } from './cgi-front.js';

/** Starts a process for each request, as Apache's mod_cgid does. `errors` gets what they print to standard error. */
export function cgiSpawner(command: readonly string[], env: Record<string, string>, errors: string[], scriptName = ''): Server {
  const [program, ...args] = command as [string, ...string[]];
  return createServer((request, response) => {
    const latin1 = Object.entries(variablesFor(request, scriptName));
    // What the variables hold are bytes.
    const variables = Object.fromEntries(latin1.map(([name, value]) => [name, Buffer.from(value, 'latin1').toString()]));
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...env, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    child.stdin.on('error', () => undefined);
    request.on('error', () => undefined);
    request.pipe(child.stdin);
    relay(child.stdout, response, async () => (await exited) === 0);
    response.on('close', () => {
      if (response.writableFinished) return;
      child.stdout.destroy();
      child.kill('SIGTERM');
    });
  });
}

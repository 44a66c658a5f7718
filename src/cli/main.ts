#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { command } from './command.js';

const own = rootFrom(import.meta.url);
const local = rootFrom(join(process.cwd(), 'index.js'));
// A global installation delegates to the copy that the app imports. Two copies do not recognize each other's apps.
if (local !== undefined && own !== undefined && local !== own) {
  await import(pathToFileURL(join(local, 'dist/cli/main.js')).href);
} else {
  const status = await command(process.argv.slice(2));
  // Open handles of the app must not keep the process alive.
  if (status !== undefined) process.exit(status);
}

/** The installation folder of bottlenose, as seen from a path. */
function rootFrom(path: string): string | undefined {
  try {
    return realpathSync(dirname(createRequire(path).resolve('bottlenose/package.json')));
  } catch {
    return undefined;
  }
}

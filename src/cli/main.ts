#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { command } from './command.js';

const own = rootFrom(import.meta.url);
const local = rootFrom(join(process.cwd(), 'index.js'));
// A global installation leaves the work to the copy that the app itself imports: two of them would not know each other's apps.
if (local !== undefined && own !== undefined && local !== own) {
  await import(pathToFileURL(join(local, 'dist/cli/main.js')).href);
} else {
  const status = await command(process.argv.slice(2));
  // What the app has opened must not keep the process from ending.
  if (status !== undefined) process.exit(status);
}

/** Where bottlenose is, as seen from a place. */
function rootFrom(place: string): string | undefined {
  try {
    return realpathSync(dirname(createRequire(place).resolve('bottlenose/package.json')));
  } catch {
    return undefined;
  }
}

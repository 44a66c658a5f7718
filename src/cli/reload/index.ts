import type { Server } from 'node:net';
import { resolve } from 'node:path';
import type { Bottle } from '../../app/bottle.js';
import type { Reloaded } from '../../app/reloader.js';
import type { RunOptions } from '../../app/run.js';
import { templateLookup } from '../../app/template-path.js';
import { TEMPLATE_PATH } from '../../templates/index.js';
import { type Link, link } from './supervisor-link.js';
import { supervise } from './supervisor.js';

/**
 * Serves through a process that is started anew when a file changes, as Bottle's reloader does: this very program, once more. In
 * the process that was started first this never resolves; it supervises.
 *
 * @throws Error (rejects) when the port cannot be had, or there is no program to start.
 */
export async function reload(options: RunOptions): Promise<Reloaded> {
  const supervisor = link();
  return supervisor === undefined ? supervise(options) : supervised(supervisor);
}

function supervised(supervisor: Link): Reloaded {
  const { task } = supervisor;
  const source = (server: Server) => {
    supervisor.take((socket) => {
      server.emit('connection', socket);
      // It was paused, so that no byte is read before it gets here.
      socket.resume();
    });
    return task;
  };
  return {
    options: { quiet: true, ...(task.isHanded ? { source } : {}) },
    listening: (app) => supervisor.ready(templateFolders(app)),
  };
}

function templateFolders(app: Bottle): string[] {
  const folders = new Set(TEMPLATE_PATH);
  const visit = (one: Bottle): void => {
    for (const folder of templateLookup(one.config) ?? []) folders.add(folder);
    for (const mounted of one.mounted) visit(mounted);
  };
  visit(app);
  return [...folders].map((folder) => resolve(folder));
}

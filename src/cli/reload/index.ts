import type { Server } from 'node:net';
import { resolve } from 'node:path';
import type { Bottle } from '../../app/bottle.js';
import type { Reloaded } from '../../app/reloader.js';
import type { RunOptions } from '../../app/run.js';
import { templateLookup } from '../../app/template-path.js';
import { TEMPLATE_PATH } from '../../templates/index.js';
import { type SupervisorLink, supervisorLink } from './supervisor-link.js';
import { supervise } from './supervisor.js';

/**
 * Runs the program in a child process that restarts when a file changes, as Bottle's reloader does. The first process only
 * supervises; there, the promise never resolves.
 *
 * @throws (rejects) Error when the port is not available, or the program is not a file.
 * @see https://bottlepy.org/docs/stable/tutorial.html#auto-reloading
 */
export async function reload(options: RunOptions): Promise<Reloaded> {
  const supervisor = supervisorLink();
  return supervisor === undefined ? supervise(options) : reloaded(supervisor);
}

function reloaded(supervisor: SupervisorLink): Reloaded {
  const { task } = supervisor;
  const source = (server: Server) => {
    supervisor.onConnection((socket) => {
      server.emit('connection', socket);
      // The socket was paused, so that no data is read before this point.
      socket.resume();
    });
    return task;
  };
  return {
    options: { quiet: true, ...(task.passesConnections ? { source } : {}) },
    listening: (app) => supervisor.ready(templateFolders(app)),
  };
}

function templateFolders(app: Bottle): string[] {
  const folders = new Set(TEMPLATE_PATH);
  const visit = (app: Bottle): void => {
    for (const folder of templateLookup(app.config) ?? []) folders.add(folder);
    for (const mounted of app.mounted) visit(mounted);
  };
  visit(app);
  return [...folders].map((folder) => resolve(folder));
}

// Checks that package-lock.json names the optional packages of every platform. npm leaves out those that a registry does not have
// (a mirror may lag behind), and `npm ci` then refuses the whole file in a fresh clone, though all works where it was written.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const { packages } = JSON.parse(readFileSync(join(resolve(import.meta.dirname, '..'), 'package-lock.json'), 'utf8'));
const missing = [];
for (const [path, { version, optionalDependencies = {} }] of Object.entries(packages)) {
  for (const name of Object.keys(optionalDependencies)) {
    if (!ancestors(path).some((folder) => `${folder}node_modules/${name}` in packages))
      missing.push(`${path}@${version}: ${name}`);
  }
}
for (const line of missing) console.error(`package-lock.json lacks an optional dependency of ${line}`);
if (missing.length > 0) console.error('Pin the dependant to a version all of whose platform packages the registry has.');
process.exitCode = missing.length > 0 ? 1 : 0;

/** Where Node looks for the dependencies of a package: its own folder, then those around it. */
function ancestors(path) {
  const parts = path === '' ? [] : path.split(/(?<=\/)(?=node_modules\/)/);
  const folders = parts.map(
    (_part, index) =>
      `${parts
        .slice(0, index + 1)
        .join('')
        .replace(/\/$/, '')}/`,
  );
  return ['', ...folders];
}

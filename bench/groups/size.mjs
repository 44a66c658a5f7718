// npm install into an empty folder, of the package as npm pack makes it and of each peer: how much lies on the disk.
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../../scripts/run.mjs';
import { versionOf } from '../scenarios.mjs';

const root = resolve(import.meta.dirname, '../..');
const installs = {
  Fastify: ['fastify'],
  'Hono and its server': ['hono', '@hono/node-server'],
  'Koa, router and body parser': ['koa', '@koa/router', '@koa/bodyparser'],
  Express: ['express'],
  'NestJS + Fastify, with validation': [
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/platform-fastify',
    'reflect-metadata',
    'rxjs',
    'class-validator',
    'class-transformer',
  ],
  'routing-controllers': ['routing-controllers', 'reflect-metadata', 'class-validator@0.14', 'class-transformer', 'express@4'],
};

async function npm(cwd, ...args) {
  const { code, output } = await run('npm', args, { cwd });
  if (code !== 0) throw new Error(`npm ${args.join(' ')}\n${output}`);
  return output;
}

function sizeOf(folder) {
  let bytes = 0;
  let packages = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) bytes += lstatSync(path).size;
    if (entry.isFile() && /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path)) packages++;
  }
  return { bytes, packages };
}

export const tables = [
  {
    id: 'size',
    title: 'Installed size',
    async measure() {
      const rows = [];
      const work = mkdtempSync(join(tmpdir(), 'bn-size-'));
      try {
        const tarball = (await npm(root, 'pack', '--ignore-scripts', '--silent', '--pack-destination', work))
          .trim()
          .split('\n')
          .pop();
        const all = {
          bottlenose: [join(work, tarball)],
          'bottlenose, with validation and SQLite': [
            join(work, tarball),
            'class-validator',
            'class-transformer',
            'better-sqlite3',
          ],
          ...installs,
        };
        for (const [name, packages] of Object.entries(all)) {
          const folder = mkdtempSync(join(work, 'of-'));
          writeFileSync(join(folder, 'package.json'), '{"private":true}');
          const exact = packages.map((one) => (/^\/|.@/.test(one) ? one : `${one}@${versionOf(one)}`));
          await npm(folder, 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', ...exact);
          const size = sizeOf(join(folder, 'node_modules'));
          rows.push([name, (size.bytes / 1e6).toFixed(1), String(size.packages)]);
        }
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
      return { columns: ['MB', 'packages'], note: 'Sizes of all files; native modules before they are built.', rows };
    },
  },
];

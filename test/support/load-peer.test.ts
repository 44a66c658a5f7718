import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { missingPeer } from '../../src/support/load-peer.js';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

/** A package at `at/node_modules/name`. */
function install(at: string, name: string, code: string): void {
  const place = join(at, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'main.js' }));
  writeFileSync(join(place, 'main.js'), code);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peers-'));
  install(folder, 'ws', "module.exports = 'the application';");
  install(folder, 'broken', "require('not-there-either');");
  install(join(folder, 'vendor'), 'nested', "module.exports = 'nested';");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Evaluates an expression in a program that runs in the folder, with what it throws as its message. */
function evaluate(expression: string): unknown {
  const module = pathToFileURL(join(root, 'src/support/load-peer.ts')).href;
  const source = `
    const { findPeer, loadPeer, neededPeer } = await import('${module}');
    const value = () => { try { return ${expression}; } catch (error) { return error.message.split('\\n')[0]; } };
    console.log(JSON.stringify(value() ?? null));`;
  const tsx = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const output = execFileSync(process.execPath, ['--import', tsx, '--input-type=module', '-e', source], {
    cwd: folder,
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

describe('an optional peer', () => {
  it("is the application's copy, else the one beside this package", () => {
    expect(evaluate("loadPeer('ws')")).toBe('the application');
    expect(evaluate("typeof loadPeer('pino')")).toBe('function');
    expect(evaluate("findPeer('pino')")).toBe(join(root, 'node_modules/pino/pino.js'));
  });

  it('is looked for elsewhere first, if told so', () => {
    const near = join(folder, 'vendor/plugin.js');
    expect(evaluate("loadPeer('nested')")).toBeNull();
    expect(evaluate(`loadPeer('nested', ${JSON.stringify(near)})`)).toBe('nested');
    expect(evaluate(`loadPeer('nested', ${JSON.stringify(pathToFileURL(near).href)})`)).toBe('nested');
    expect(evaluate(`loadPeer('ws', ${JSON.stringify(near)})`)).toBe('the application');
  });

  it('that is missing is undefined, or an error that says what to install', () => {
    expect(evaluate("[loadPeer('no-such-package') ?? null, findPeer('no-such-package') ?? null]")).toEqual([null, null]);
    expect(evaluate("neededPeer('no-such-package', 'Nobody needs', ' or not')")).toBe(
      'Nobody needs the package no-such-package, which is not installed: npm install no-such-package or not',
    );
  });

  it('that is there and lacks something itself is not called missing', () => {
    expect(evaluate("loadPeer('broken')")).toMatch(/Cannot find module 'not-there-either'/);
  });

  it('is named with a version that the package is tested with', () => {
    const { peerDependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const name of Object.keys(peerDependencies)) {
      const text = missingPeer(name, 'This needs');
      // It is not in the registry; what is installed here is a copy of it.
      if (name === 'uWebSockets.js') expect(text).toContain('npm install uNetworking/uWebSockets.js#v20.30.0');
      else {
        const version = text.split(`npm install ${name}@`)[1];
        expect([name, devDependencies[name].startsWith(`^${version}.`)]).toEqual([name, true]);
      }
    }
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installedVersion, versionNotice } from '../../../src/servers/uws/uws-version.js';

describe('the version of uWebSockets.js', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'uws-version-'));
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'package.json'), '{ "version": "20.51.0" }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is that of its package.json, wherever its main file is', () => {
    expect(installedVersion(join(folder, 'uws.js'))).toBe('20.51.0');
    expect(installedVersion(join(folder, 'src/uws.js'))).toBe('20.51.0');
    expect(installedVersion(join(folder, 'src/deep/uws.js'))).toBe('20.51.0');
    expect(installedVersion()).toMatch(/^20\.30\.0/);
  });

  it.each(['19.9.0', '20.4.0', '20.29.9'])('stops the start of a server when it is too old: %s', (version) => {
    expect(() => versionNotice(version)).toThrow(
      `needs uWebSockets.js 20.30 or later, not ${version}: npm install uNetworking/uWebSockets.js#v20.48.0`,
    );
  });

  it.each(['20.30.0', '20.30.0-unofficial.0', '20.47.0'])(
    'is logged where it leaves requests without an answer: %s',
    (version) => {
      expect(versionNotice(version)).toContain(`${version} does not answer requests with more than 48 headers`);
      expect(versionNotice(version)).not.toContain('\n');
    },
  );

  it.each(['20.48.0', '20.57.0', '21.0.0', 'unknown', undefined])('causes no message otherwise: %s', (version) => {
    expect(versionNotice(version)).toBeUndefined();
  });
});

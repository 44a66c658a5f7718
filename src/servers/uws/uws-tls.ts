import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TlsOptions, tlsOptions } from '../tls-options.js';
import type { Binding, UwsApp } from './uws-binding.js';

const SUPPORTED = ['key', 'cert', 'passphrase', 'ciphers'];

/**
 * Makes an app of uWebSockets.js. It encrypts when the options contain a key and a certificate. uWebSockets.js reads both from
 * files, which exist only during this call and are readable only for this user.
 *
 * @throws TypeError for unsupported TLS options, or an invalid key or certificate.
 */
export function makeApp(binding: Binding, options: TlsOptions): { app: UwsApp; secure: boolean } {
  const tls = tlsOptions(options);
  if (tls === undefined) return { app: binding.App(), secure: false };
  const unknown = Object.keys(tls).filter((name) => !SUPPORTED.includes(name));
  if (unknown.length > 0) {
    throw new TypeError(
      `The server 'uws' supports only the TLS options ${SUPPORTED.join(', ')}, not ${unknown.join(', ')}: use the server 'node', or a proxy.`,
    );
  }
  const directory = mkdtempSync(join(tmpdir(), 'bottlenose-tls-'));
  try {
    const write = (name: string, text: string): string => {
      const path = join(directory, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const app = binding.SSLApp({
      key_file_name: write('key.pem', pem('key', tls.key)),
      cert_file_name: write('cert.pem', pem('cert', tls.cert)),
      ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
      ...(tls.ciphers === undefined ? {} : { ssl_ciphers: tls.ciphers }),
    });
    return { app, secure: true };
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    throw new TypeError("uWebSockets.js cannot use this 'key' and 'cert': they must be PEM and belong together.", { cause });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function pem(name: string, value: unknown): string {
  const parts = Array.isArray(value) ? value : [value];
  return parts
    .map((part) => {
      if (typeof part === 'string' || part instanceof Uint8Array) return Buffer.from(part as string).toString();
      throw new TypeError(`'${name}' must be PEM, as text or bytes.`);
    })
    .join('\n');
}

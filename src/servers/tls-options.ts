import type { SecureContextOptions, TlsOptions as NodeTlsOptions } from 'node:tls';

/** What a server needs to encrypt its connections: a key and a certificate, or both as `pfx`, and what else node takes. */
export type TlsOptions = Pick<NodeTlsOptions, 'SNICallback' | 'rejectUnauthorized' | 'requestCert' | 'ticketKeys'> &
  Pick<
    SecureContextOptions,
    'ca' | 'cert' | 'ciphers' | 'crl' | 'dhparam' | 'ecdhCurve' | 'key' | 'maxVersion' | 'minVersion' | 'passphrase' | 'pfx'
  >;

const NAMES: readonly (keyof TlsOptions)[] = [
  'SNICallback',
  'ca',
  'cert',
  'ciphers',
  'crl',
  'dhparam',
  'ecdhCurve',
  'key',
  'maxVersion',
  'minVersion',
  'passphrase',
  'pfx',
  'rejectUnauthorized',
  'requestCert',
  'ticketKeys',
];

/**
 * Those of a server's options that are for TLS; `undefined` when the server is to speak plainly.
 *
 * @throws TypeError for a key without a certificate, and the other way round.
 */
export function tlsOptions(options: TlsOptions): TlsOptions | undefined {
  const { key, cert, pfx, SNICallback } = options;
  if ((key === undefined) !== (cert === undefined)) {
    const [given, missing] = key === undefined ? ['cert', 'key'] : ['key', 'cert'];
    throw new TypeError(`https needs both a key and a certificate: there is '${given}', and '${missing}' is missing (PEM).`);
  }
  if (key === undefined && pfx === undefined && SNICallback === undefined) return undefined;
  return Object.fromEntries(NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

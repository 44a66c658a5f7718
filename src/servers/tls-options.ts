import type { SecureContextOptions, TlsOptions as NodeTlsOptions } from 'node:tls';

/** TLS options of a server: a key and a certificate (PEM), or both as `pfx`, and further options of `node:tls`. */
export type TlsOptions = Pick<NodeTlsOptions, 'SNICallback' | 'rejectUnauthorized' | 'requestCert' | 'ticketKeys'> &
  Pick<
    SecureContextOptions,
    'ca' | 'cert' | 'ciphers' | 'crl' | 'dhparam' | 'ecdhCurve' | 'key' | 'maxVersion' | 'minVersion' | 'passphrase' | 'pfx'
  >;

/** The names of the TLS options. */
export const TLS_OPTIONS: readonly (keyof TlsOptions)[] = [
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
 * Returns the TLS options among a server's options, or `undefined` when it serves plain HTTP.
 *
 * @throws TypeError for a key without a certificate, or a certificate without a key.
 */
export function tlsOptions(options: TlsOptions): TlsOptions | undefined {
  const { key, cert, pfx, SNICallback } = options;
  if ((key === undefined) !== (cert === undefined)) {
    const [given, missing] = key === undefined ? ['cert', 'key'] : ['key', 'cert'];
    throw new TypeError(`https needs both a key and a certificate (PEM): '${given}' is set, but '${missing}' is missing.`);
  }
  if (key === undefined && pfx === undefined && SNICallback === undefined) return undefined;
  return Object.fromEntries(TLS_OPTIONS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

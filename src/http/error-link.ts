/** Where all codes are explained. There is no site yet: the file, from the root of the repository. */
const CATALOGUE = 'docs/errors.md';

/** Where one code is explained: `docs/errors.md#bn_not_found`. */
export function errorLink(code: string): string {
  return `${CATALOGUE}#${code.toLowerCase()}`;
}

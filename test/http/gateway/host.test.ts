import { describe, expect, it } from '@jest/globals';
import { isValidHost } from '../../../src/http/gateway/host.js';
import { fc } from '../../property.js';

const DELIMITERS = ['/', '?', '#', '@', '\\', '[', ']', '"', '<', '>', '^', '`', '{', '|', '}', ' ', '\t', '\0', '\x7f', '\xe4'];
const letters = [..."abcXYZ019._~!$&'()*+,;=-", '%20', '%eF'];
const name = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 20 }).map((parts) => parts.join(''));
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((text) => `[${text}]`),
);
const port = fc.oneof(
  fc.constant(''),
  fc.constant(':'),
  fc.nat(65_535).map((number) => `:${number}`),
);

describe('isValidHost', () => {
  it('accepts names and addresses, with and without a port', () => {
    fc.assert(fc.property(fc.oneof(name, address), port, (host, end) => expect(isValidHost(host + end)).toBe(true)));
  });

  it('accepts an empty host, which stands for a target without one', () => {
    expect(isValidHost('')).toBe(true);
  });

  it('rejects a host with a character that ends a host in a URL, wherever it is', () => {
    const cases = fc.property(name, fc.constantFrom(...DELIMITERS), name, port, (start, delimiter, rest, end) =>
      expect(isValidHost(start + delimiter + rest + end)).toBe(false),
    );
    fc.assert(cases);
  });

  it.each(['a:b', 'a:1:2', '::1', '[::1', '[1:2]', '[::1]a', '[]', '[v.a]', '%', '%4', 'a%zz'])('rejects %s', (host) => {
    expect(isValidHost(host)).toBe(false);
  });
});

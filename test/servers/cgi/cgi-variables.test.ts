import { describe, expect, it } from '@jest/globals';
import { ends } from '../../ends.js';
import { headerOf, headersOf, readVariables } from '../../../src/servers/cgi/cgi-variables.js';

describe('where the app stands, and the path below it', () => {
  const cases: [string, Record<string, string>, { scriptName?: string; isWhole?: boolean }, [string, string]][] = [
    [
      'a script in a folder',
      { REQUEST_URI: '/cgi-bin/app/posts/1?a=b', SCRIPT_NAME: '/cgi-bin/app', PATH_INFO: '/posts/1', QUERY_STRING: 'a=b' },
      {},
      ['/cgi-bin/app', '/posts/1?a=b'],
    ],
    ['the script itself', { REQUEST_URI: '/cgi-bin/app', SCRIPT_NAME: '/cgi-bin/app' }, {}, ['/cgi-bin/app', '/']],
    [
      'the script with a slash',
      { REQUEST_URI: '/cgi-bin/app/', SCRIPT_NAME: '/cgi-bin/app', PATH_INFO: '/' },
      {},
      ['/cgi-bin/app', '/'],
    ],
    ['an app at the root', { REQUEST_URI: '/posts/1', SCRIPT_NAME: '', PATH_INFO: '/posts/1' }, {}, ['', '/posts/1']],
    [
      'an encoded slash, which servers decode',
      { REQUEST_URI: '/app/a%2Fb/c', SCRIPT_NAME: '/app', PATH_INFO: '/a/b/c' },
      {},
      ['/app', '/a%2Fb/c'],
    ],
    [
      'an encoded slash that Apache leaves (AllowEncodedSlashes NoDecode)',
      { REQUEST_URI: '/app/a%2Fb%20c', SCRIPT_NAME: '/app', PATH_INFO: '/a%2Fb c' },
      {},
      ['/app', '/a%2Fb%20c'],
    ],
    [
      'slashes that the server has merged',
      { REQUEST_URI: '/app//a///b', SCRIPT_NAME: '/app', PATH_INFO: '/a/b' },
      {},
      ['/app', '//a///b'],
    ],
    [
      'a script whose name is encoded',
      { REQUEST_URI: '/my%20app/x', SCRIPT_NAME: '/my app', PATH_INFO: '/x' },
      {},
      ['/my%20app', '/x'],
    ],
    [
      'a script that is hidden by a rule',
      { REQUEST_URI: '/posts/1', SCRIPT_NAME: '/app.cgi', PATH_INFO: '/posts/1' },
      {},
      ['', '/posts/1'],
    ],
    [
      'a script that is hidden below a folder',
      { REQUEST_URI: '/shop/posts/1', SCRIPT_NAME: '/shop/app.cgi', PATH_INFO: '/posts/1' },
      {},
      ['/shop', '/posts/1'],
    ],
    ['the folder of the script', { REQUEST_URI: '/shop/', SCRIPT_NAME: '/shop/app.cgi' }, {}, ['/shop', '/']],
    [
      'a rule that sends all paths to the script and tells it none',
      { REQUEST_URI: '/shop/posts/1', SCRIPT_NAME: '/shop/app.cgi' },
      {},
      ['/shop', '/posts/1'],
    ],
    [
      'an error document, requested instead of another resource',
      { REQUEST_URI: '/missing', SCRIPT_NAME: '/cgi-bin/app', PATH_INFO: '/sorry now' },
      {},
      ['/cgi-bin/app', '/sorry%20now'],
    ],
    [
      'no REQUEST_URI, as the RFC has none',
      { SCRIPT_NAME: '/app', PATH_INFO: '/a b/\xc3\xbc?' },
      {},
      ['/app', '/a%20b/%C3%BC%3F'],
    ],
    ['a whole URL', { REQUEST_URI: 'http://example.org/app/x?y', SCRIPT_NAME: '/app', PATH_INFO: '/x' }, {}, ['/app', '/x?y']],
    [
      'nginx without fastcgi_split_path_info',
      { REQUEST_URI: '/posts/1', SCRIPT_NAME: '/posts/1' },
      { isWhole: true },
      ['', '/posts/1'],
    ],
    ['nginx with it', { REQUEST_URI: '/app/x', SCRIPT_NAME: '/app', PATH_INFO: '/x' }, { isWhole: true }, ['/app', '/x']],
    [
      'nginx with it, at the app itself',
      { REQUEST_URI: '/app', SCRIPT_NAME: '/app', PATH_INFO: '' },
      { isWhole: true },
      ['/app', '/'],
    ],
    [
      'a place that the option tells',
      { REQUEST_URI: '/shop/x%2Fy', SCRIPT_NAME: '/shop/x/y' },
      { isWhole: true, scriptName: '/shop' },
      ['/shop', '/x%2Fy'],
    ],
    [
      'the root, told by the option',
      { REQUEST_URI: '/posts/1', SCRIPT_NAME: '/posts', PATH_INFO: '/1' },
      { scriptName: '' },
      ['', '/posts/1'],
    ],
    [
      'a place told by the option that is not part of the path',
      { REQUEST_URI: '/other/x', SCRIPT_NAME: '', PATH_INFO: '/x' },
      { scriptName: '/shop' },
      ['/shop', '/x'],
    ],
  ];

  it.each(cases)('%s', (_name, variables, settings, [scriptName, target]) => {
    expect(readVariables({ REQUEST_METHOD: 'GET', ...variables }, settings)).toMatchObject({ scriptName, target });
  });

  it('takes no longer for a path of slashes than it must', () => {
    const variables = { REQUEST_METHOD: 'GET', REQUEST_URI: '/'.repeat(1_000_000), SCRIPT_NAME: '/x', PATH_INFO: '/y' };
    // Trying every slash would take minutes.
    expect(ends(() => readVariables(variables)).target).toBe('/y');
  });
});

describe('the other variables', () => {
  const read = (variables: Record<string, string>) => readVariables(variables);

  it('describe TLS, the protocol and the client', () => {
    expect(read({ HTTPS: 'on', SERVER_PROTOCOL: 'HTTP/1.0', REMOTE_ADDR: '::1' })).toMatchObject({
      secure: true,
      httpVersion: '1.0',
      remoteAddress: '::1',
    });
    expect(read({ HTTPS: 'off', SERVER_PROTOCOL: 'HTTP/2.0' })).toMatchObject({
      secure: false,
      httpVersion: '2',
      remoteAddress: undefined,
    });
    expect(read({ REQUEST_SCHEME: 'https', SERVER_PROTOCOL: 'INCLUDED' })).toMatchObject({ secure: true, httpVersion: '1.1' });
  });

  it('tell whether a body comes', () => {
    expect(read({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: '5' })).toMatchObject({ hasBody: true, length: 5 });
    for (const none of ['0', '', '-1', 'x']) expect(read({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: none }).hasBody).toBe(false);
    expect(read({ REQUEST_METHOD: 'POST', HTTP_TRANSFER_ENCODING: 'chunked' })).toMatchObject({
      hasBody: true,
      length: undefined,
    });
    expect(read({ REQUEST_METHOD: 'POST', SERVER_PROTOCOL: 'HTTP/2.0' }).hasBody).toBe(true);
    expect(read({ REQUEST_METHOD: 'GET', SERVER_PROTOCOL: 'HTTP/2.0' }).hasBody).toBe(false);
  });

  it('are the headers, those with variables of their own not to be forged', () => {
    const variables = {
      HTTP_X_TOKEN: 'a',
      HTTP_CONTENT_LENGTH: '7',
      CONTENT_TYPE: 'text/plain',
      CONTENT_LENGTH: '3',
      SERVER_NAME: 'example.org',
      SERVER_PORT: '8080',
      REDIRECT_HTTP_AUTHORIZATION: 'Basic eA==',
    };
    expect(headersOf(variables)).toEqual([
      ...['X-Token', 'a', 'Content-Type', 'text/plain', 'Content-Length', '3'],
      ...['Host', 'example.org:8080', 'Authorization', 'Basic eA=='],
    ]);
    expect([headerOf(variables, 'content-length'), headerOf(variables, 'host'), headerOf(variables, 'x-token')]).toEqual([
      '3',
      'example.org:8080',
      'a',
    ]);
  });
});

import { execFileSync } from 'node:child_process';
import { symlink, mkdir, chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { abort, Bottle, staticFile } from 'bottlenose';
import { guard } from 'bottlenose/kit';
import { isWithin, safeSegments } from '../../../src/http/files/safe-path.js';
import { exchange, get, serving } from '../../servers/raw-client.js';
import { openFiles, Tree } from './tree.js';
import { cases, fc } from '../../property.js';

const SECRET = 'this is outside';
let tree: Tree;

beforeAll(async () => {
  tree = await Tree.create({
    'secret.txt': SECRET,
    'root-2/secret.txt': SECRET,
    'root/a.txt': 'inside',
    'root/dir/b.txt': 'inside',
    'root/%2e%2e.txt': 'percent',
    'root/.env': 'KEY=1',
    'root/.git/config': '[core]',
    'root/..data/b.txt': 'inside',
    'root/con.txt': 'no device here',
    'root/12:30.txt': 'colon',
    'root/...txt': 'dots',
    'root/naïve ☃.txt': 'snow',
  });
  await symlink(tree.path('secret.txt'), tree.path('root/out.txt'));
  await symlink('../secret.txt', tree.path('root/out-relative.txt'));
  await symlink('..', tree.path('root/up'));
  await symlink('a.txt', tree.path('root/link.txt'));
  await symlink('..data/b.txt', tree.path('root/mapped.txt'));
  await symlink('dir', tree.path('root/linked-dir'));
  await symlink('nowhere', tree.path('root/dangling.txt'));
  await symlink('loop.txt', tree.path('root/loop.txt'));
  await symlink(tree.root, tree.path('root-link'));
});
afterAll(() => tree.remove());

async function statusOf(name: string, options: object = {}): Promise<number> {
  return (await staticFile(name, { root: tree.root, ...options }).toResponse()).status;
}

async function textOf(name: string, options: object = {}): Promise<string> {
  return String((await staticFile(name, { root: tree.root, ...options }).toResponse()).body);
}

describe('names that lead out of the root are refused, whether or not anything is there', () => {
  it.each([
    '..',
    '../',
    '../secret.txt',
    '/../secret.txt',
    './../secret.txt',
    'dir/../../secret.txt',
    'dir/../a.txt',
    'dir/..',
    '../root-2/secret.txt',
    '../root/a.txt',
    '..\\secret.txt',
    '\\..\\secret.txt',
    'dir\\..\\..\\secret.txt',
    'C:\\Windows\\win.ini',
    '\\\\server\\share\\file',
    '\\\\?\\C:\\file',
    '\\\\.\\pipe\\x',
    'a.txt\0',
    'a.txt\0.png',
    '\0',
    'a\\',
  ])('%j', async (name) => expect(await statusOf(name)).toBe(403));
});

describe('names that mean nothing below the root are not found', () => {
  it.each([
    '',
    '/',
    '.',
    './',
    'dir',
    'dir/',
    'dir/.',
    'a.txt/',
    'a.txt/.',
    'a.txt/b',
    'nope',
    '/etc/passwd',
    '//etc/passwd',
    'file:///etc/passwd',
    '%2e%2e/secret.txt',
    '..%2fsecret.txt'.replace('..', '%2e.'),
    '%00',
    'dangling.txt',
    'x'.repeat(300),
    'x/'.repeat(3000),
    'C:/Windows/win.ini',
    'a.txt::$DATA',
    'a.txt.',
    'a.txt ',
    '\u2025/secret.txt',
    '\uff0e\uff0e\uff0fsecret.txt',
    '\ud800',
  ])('%.40j', async (name) => expect(await statusOf(name)).toBe(404));
});

describe('names in the root', () => {
  it.each([
    ['a.txt', 'inside'],
    ['/a.txt', 'inside'],
    ['%2e%2e.txt', 'percent'],
    ['naïve ☃.txt', 'snow'],
  ])('%j is found', async (name, text) => expect(await textOf(name)).toBe(text));

  (process.platform === 'win32' ? it.skip : it)('may be such as only Windows minds', async () => {
    expect(await textOf('con.txt')).toBe('no device here');
    expect(await textOf('12:30.txt')).toBe('colon');
  });
});

describe('dotfiles', () => {
  it.each(['.env', '.git/config', '/.env', './.env', 'dir/.nothing', '.nothing/x', '...txt', '..data/b.txt'])(
    '%j is refused',
    async (name) => expect(await statusOf(name)).toBe(403),
  );
  it('are sent where that is asked for', async () => {
    expect(await textOf('.env', { dotfiles: true })).toBe('KEY=1');
    expect(await textOf('...txt', { dotfiles: true })).toBe('dots');
    expect(await statusOf('../secret.txt', { dotfiles: true })).toBe(403);
  });
  it('may be in the path of the root', async () =>
    expect(await textOf('config', { root: tree.path('root/.git') })).toBe('[core]'));
});

describe('links', () => {
  it.each(['out.txt', 'out-relative.txt', 'up/secret.txt', 'up/root-2/secret.txt'])(
    '%s out of the root is refused',
    async (name) => expect(await statusOf(name)).toBe(403),
  );
  it.each(['link.txt', 'linked-dir/b.txt', 'up/root/a.txt', 'mapped.txt'])('%s within the root is followed', async (name) =>
    expect(await textOf(name)).toBe('inside'),
  );
  it('in a circle is refused', async () => expect(await statusOf('loop.txt')).toBe(403));
  it('may be the root itself', async () => {
    expect(await textOf('a.txt', { root: tree.path('root-link') })).toBe('inside');
    expect(await textOf('link.txt', { root: tree.path('root-link') })).toBe('inside');
    expect(await statusOf('out.txt', { root: tree.path('root-link') })).toBe(403);
  });
});

describe('anything but a regular file', () => {
  const onUnix = process.platform === 'win32' ? it.skip : it;
  onUnix('a pipe is not found, and nobody waits for it', async () => {
    execFileSync('mkfifo', [tree.path('root/pipe')]);
    expect(await statusOf('pipe')).toBe(404);
  });
  onUnix('a socket is not found', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(tree.path('root/socket'), resolve));
    expect(await statusOf('socket')).toBe(404);
    await new Promise((resolve) => server.close(resolve));
  });
  onUnix('a device is not found', async () => expect(await statusOf('null', { root: '/dev' })).toBe(404));
  onUnix('a file that may not be read is refused', async () => {
    await tree.write('root/private.txt', 'x');
    await mkdir(tree.path('root/closed'));
    await tree.write('root/closed/x.txt', 'x');
    await chmod(tree.path('root/private.txt'), 0);
    await chmod(tree.path('root/closed'), 0);
    await chmod(tree.base, 0o755);
    const isRoot = process.getuid?.() === 0;
    // The superuser may read everything: for these lines we are nobody.
    if (isRoot) process.seteuid?.(65534);
    try {
      expect(await statusOf('private.txt')).toBe(403);
      expect(await statusOf('closed/x.txt')).toBe(403);
      expect(await statusOf('a.txt')).toBe(200);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(tree.path('root/closed'), 0o700);
    }
  });
});

describe('on Windows', () => {
  const onWindows = (name: string) => safeSegments(name, { dotfiles: false, windows: true });
  it.each([
    'C:/Windows/win.ini',
    'C:file',
    'a.txt:stream',
    'a.txt::$DATA',
    'dir/b.txt::$INDEX_ALLOCATION',
    'con',
    'CON.txt',
    'dir/aux.js',
    'nul',
    'com1',
    'COM1.log',
    'lpt9.txt',
    'com¹.txt',
    'conin$',
    'con .txt',
    'a.txt.',
    'a.txt ',
    'a.txt...',
    'dir./b.txt',
    '.. /secret.txt',
    '.../secret.txt',
    'GIT~1/config',
    'HTACCE~1',
    'what?.txt',
    'a*.txt',
    '<a>',
    'a|b',
    'a"b',
    'a\x01b',
  ])('%j is refused', (name) => expect(() => onWindows(name)).toThrow('Access denied'));

  it.each(['a.txt', 'console.txt', 'common/com10.js', 'null.txt', 'naïve ☃.txt', 'a b.txt', 'file~.txt', 'dir/a.b.c'])(
    '%j is not',
    (name) => expect(onWindows(name)).toEqual(name.split('/')),
  );
});

describe('a root', () => {
  it('holds what lies below it, and not its neighbour of a longer name', () => {
    expect(isWithin('/srv/a/b', '/srv/a')).toBe(true);
    expect(isWithin('/srv/a', '/srv/a')).toBe(true);
    expect(isWithin('/srv/ab', '/srv/a')).toBe(false);
    expect(isWithin('/etc/passwd', '/')).toBe(true);
  });

  it('may be the top of the file system', async () =>
    expect(await textOf(tree.path('root/a.txt'), { root: '/' })).toBe('inside'));
});

describe('over the wire', () => {
  it.each([
    ['/f/a.txt', 200],
    ['/f/%61.txt', 200],
    ['/f//a.txt', 404],
    ['/f/../secret.txt', 403],
    ['/f/..%2fsecret.txt', 403],
    ['/f/%2e%2e/secret.txt', 403],
    ['/f/%2E%2E%2Fsecret.txt', 403],
    ['/f/.%2e/secret.txt', 403],
    ['/f/dir/..%2f..%2fsecret.txt', 403],
    ['/f/..%5csecret.txt', 403],
    ['/f/..\\secret.txt', 403],
    ['/f/%252e%252e/secret.txt', 404],
    ['/f/%252e%252e%252fsecret.txt', 404],
    ['/f/%c0%ae%c0%ae/secret.txt', 400],
    ['/f/%c0%ae%c0%ae%c0%afsecret.txt', 400],
    ['/f/%u002e%u002e/secret.txt', 400],
    ['/f/a.txt%00', 403],
    ['/f/a.txt%00.png', 403],
    ['/f/%2fetc/passwd', 404],
    ['/f//etc/passwd', 404],
    ['/f/out.txt', 403],
    ['/f/.env', 403],
    ['/f/%2eenv', 403],
    ['/f/dir', 404],
  ])('%s is %i', async (path, status) => {
    const answer = await serving(tree.app(), (url) => exchange(url, get(path)));
    expect(answer.status === 404 && status === 400 ? 400 : answer.status).toBe(status);
    expect(answer.text).not.toContain(SECRET);
    expect(answer.text).not.toContain('root:');
  });
});

it('no name whatever gives a byte from outside', async () => {
  const part = fc.constantFrom(
    '..',
    '.',
    '',
    '/',
    '\\',
    'dir',
    'up',
    'a.txt',
    'secret.txt',
    'root',
    'root-2',
    '\0',
    ' ',
    '%2e',
    'x',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 7 }), fc.constantFrom('/', ''), fc.boolean(), async (parts, glue, dotfiles) => {
      const answer = await staticFile(parts.join(glue), { root: tree.root, dotfiles }).toResponse();
      expect([200, 403, 404]).toContain(answer.status);
      expect(String(answer.body)).not.toBe(SECRET);
    }),
    cases(300),
  );
  expect(await openFiles(tree.base)).toEqual([]);
});

describe('a file has one address', () => {
  it.each(['///a.txt', '//a.txt', './a.txt', 'dir/./b.txt', 'dir//b.txt', '/./a.txt'])('it has no name %j', async (name) =>
    expect(await statusOf(name)).toBe(404),
  );

  // `dir` is guarded: only the route below it may send its files.
  const app = new Bottle({ logger: () => undefined });
  const refuse = guard('closed', () => abort(401), { identifies: false });
  const root = (): { root: string } => ({ root: tree.root });
  app.get('/s/dir/<name:path>', { apply: refuse }, ({ name }) => staticFile(`dir/${name}`, root()));
  app.get('/s/<name:path>', ({ name }) => staticFile(name, root()));
  app.get('/one/<name>', ({ name }) => staticFile(name, root()));
  app.get('/bare/<name:path>', ({ name }) => staticFile(`${name}.txt`, root()));
  app.get('/in-<name>', ({ name }) => staticFile(name, root()));
  app.get('/users/<id>/a.txt', () => staticFile('a.txt', root()));
  const whole = new Bottle({ logger: () => undefined });
  whole.get('/<:path>', (_args, { request }) => staticFile(request.path, root()));
  app.mount('/whole', whole);

  it.each([
    ['/s/a.txt', 200],
    ['/s/%61.txt', 200],
    ['/s/a.txt?x=/./', 200],
    ['/s/dir/b.txt', 401],
    ['/s//dir/b.txt', 404],
    ['/s/./dir/b.txt', 404],
    ['/s/%2e/dir/b.txt', 404],
    ['//s/dir/b.txt', 404],
    ['/s/dir%2fb.txt', 404],
    ['/s/dir%2Fb.txt', 404],
    ['/s/%2Fdir/b.txt', 404],
    ['/one/dir%2fb.txt', 404],
    ['/bare/dir/b', 200],
    ['/bare/dir%2fb', 404],
    ['/in-dir%2fb.txt', 404],
    ['/whole/dir/b.txt', 200],
    ['/whole//dir/b.txt', 404],
    ['/whole/dir%2Fb.txt', 404],
    ['/users/x%2Fy/a.txt', 200],
  ])('%s is %i', async (path, status) => {
    const answer = await serving(app, (url) => exchange(url, get(path)));
    expect(answer.status).toBe(status);
  });
});

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Bottle, Controller, FileExistsError, FileUpload, FormsDict, Post, Upload } from 'bottlenose';
import { ends } from '../../ends.js';
import { sanitizeFilename } from '../../../src/http/body/filename.js';
import { field, file, multipartBody, multipartType, post, receiving } from './form-bodies.js';

const work = mkdtempSync(join(tmpdir(), 'bn-upload-'));
let place = '';
let count = 0;

beforeEach(() => {
  place = join(work, `${count++}`);
  mkdirSync(place);
});
afterAll(() => rmSync(work, { recursive: true }));

/** What a handler makes of an uploaded file; small ones wait in memory, large ones in a file. */
async function withUpload<T>(
  handler: (upload: FileUpload) => Promise<T> | T,
  part = file('f', 'a b.txt', 'content'),
): Promise<T> {
  let result: T | undefined;
  let failure: unknown;
  const app = receiving(
    async ({ files }) => {
      try {
        result = await handler(files.f as FileUpload);
      } catch (error) {
        failure = error;
      }
    },
    { memfileMax: 100 },
  );
  expect((await app.fetch(post(multipartBody([field('x', 'y'), file('other', 'o', 'zzz'), part]), multipartType))).status).toBe(
    200,
  );
  if (failure !== undefined) throw failure;
  return result as T;
}

const large = 'abcdefghij'.repeat(50_000);
const sizes = [
  ['in memory', file('f', 'a b.txt', 'content'), 'content'],
  ['in a file', file('f', 'a b.txt', large), large],
  ['without a byte', file('f', 'a b.txt', ''), ''],
] as const;

describe('a filename', () => {
  it.each([
    ['photo.jpg', 'photo.jpg'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Documents and Settings\\me\\photo 1.JPG', 'photo-1.JPG'],
    ['\\\\server\\share\\x.doc', 'x.doc'],
    ['a/b\\c/d.txt', 'd.txt'],
    ['Übersicht für Ærø.pdf', 'Ubersicht-fur-r.pdf'],
    ['ﬁle①.txt', 'file1.txt'],
    ['abc\u0000.png', 'abc.png'],
    ['a\r\nb.txt', 'a-b.txt'],
    ['  spaced   out - here .txt ', 'spaced-out-here-.txt'],
    ['...hidden.', 'hidden'],
    ['-rf', 'rf'],
    ['.-.', 'empty'],
    ['..', 'empty'],
    ['', 'empty'],
    ['日本', 'empty'],
    ['dir/', 'empty'],
    ['<script>.html', 'script.html'],
    ['con_fig-1.2.tar.gz', 'con_fig-1.2.tar.gz'],
    ['x'.repeat(300), 'x'.repeat(255)],
  ])('%j is sanitised to %j', (raw, clean) => {
    expect(sanitizeFilename(raw)).toBe(clean);
  });

  it('is sanitised in a time that grows with its length only', () => {
    for (const evil of ['.', '-', ' ', '\t', '.-', '/', '\\', '- '])
      expect(ends(() => sanitizeFilename(`a${evil.repeat(500_000)}a`))).toMatch(/^a/);
  });

  it('is sanitised and raw on an upload', async () => {
    const part = file('f', '../Größe.txt', 'x', 'text/plain');
    await withUpload((upload) => {
      expect(upload).toBeInstanceOf(FileUpload);
      // The helper writes its headers in latin1, as old clients did.
      expect([upload.filename, upload.rawFilename]).toEqual(['Groe.txt', '../Größe.txt']);
    }, part);
  });
});

describe('an upload', () => {
  it('tells its name, type, length and headers', async () => {
    const head =
      'Content-Disposition: form-data; name="f"; filename="x.png"\r\nContent-Type: image/png\r\nX-Extra: a\r\nX-Extra: b';
    await withUpload(
      (upload) => {
        expect([upload.name, upload.contentType, upload.contentLength]).toEqual(['f', 'image/png', 3]);
        expect(upload.headers.get('content-TYPE')).toBe('image/png');
        expect(upload.headers.getAll('x-extra')).toEqual(['a', 'b']);
        expect([upload.getHeader('X-Extra'), upload.getHeader('nope', 'default')]).toEqual(['a, b', 'default']);
        expect(JSON.stringify(upload)).toBe('{"name":"f","filename":"x.png","contentType":"image/png","contentLength":3}');
      },
      { head, body: 'png' },
    );
  });

  it('is of no known type when the client claims none', async () => {
    expect(await withUpload((upload) => upload.contentType)).toBe('application/octet-stream');
  });

  it.each(sizes)('is read as bytes, text and streams, each from its beginning: %s', async (_where, part, content) => {
    await withUpload(async (upload) => {
      expect((await upload.bytes()).toString()).toBe(content);
      expect(await upload.text()).toBe(content);
      for (let i = 0; i < 2; i++) {
        let text = '';
        for await (const chunk of upload.file) text += chunk;
        expect(text).toBe(content);
      }
      expect(upload.contentLength).toBe(content.length);
    }, part);
  });

  it('is text in the charset that it claims, or the one that is asked for', async () => {
    const part = file('f', 'x', Buffer.from([0xe9]), 'text/plain; charset=ISO-8859-1');
    expect(await withUpload(async (upload) => [await upload.text(), await upload.text('cp437')], part)).toEqual(['é', 'Θ']);
  });

  it('can be the response', async () => {
    const app = receiving(({ files }) => files.f!.file, { memfileMax: 100 });
    const response = await app.fetch(post(multipartBody([file('f', 'x', large)]), multipartType));
    expect(await response.text()).toBe(large);
  });
});

describe('saving an upload', () => {
  it.each(sizes)('to a path: %s', async (_where, part, content) => {
    const path = join(place, 'named.txt');
    expect(await withUpload((upload) => upload.save(path), part)).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it.each(sizes)('into a directory, under its sanitised name: %s', async (_where, part, content) => {
    expect(await withUpload((upload) => upload.save(place), part)).toBe(join(place, 'a-b.txt'));
    expect(readFileSync(join(place, 'a-b.txt'), 'utf8')).toBe(content);
  });

  it('into a directory never leaves it', async () => {
    for (const raw of ['../escaped', '..\\escaped', '/etc/escaped', '..', '%2e%2e%2fescaped']) {
      await withUpload((upload) => upload.save(place, { overwrite: true }), file('f', raw, 'x'));
    }
    expect(readdirSync(place).sort()).toEqual(['2e2e2fescaped', 'empty', 'escaped']);
    expect(readdirSync(work)).not.toContain('escaped');
  });

  it('to a file: URL', async () => {
    expect(await withUpload((upload) => upload.save(pathToFileURL(place)))).toBe(join(place, 'a-b.txt'));
    const url = pathToFileURL(join(place, 'sp ace'));
    expect(await withUpload((upload) => upload.save(url))).toBe(join(place, 'sp ace'));
  });

  it.each(sizes)('into a stream, which it ends: %s', async (_where, part, content) => {
    const target = new PassThrough();
    let text = '';
    target.on('data', (chunk) => {
      text += chunk;
    });
    expect(await withUpload((upload) => upload.save(target), part)).toBeUndefined();
    expect([text, target.writableFinished]).toEqual([content, true]);
  });

  it('into a stream that goes on, several one after the other', async () => {
    const target = new PassThrough();
    await withUpload(async (upload) => {
      await upload.save(target, { end: false });
      await upload.save(target, { end: false, chunkSize: 2 });
    });
    expect(target.end().read().toString()).toBe('contentcontent');
  });

  it('into a web stream', async () => {
    const chunks: Uint8Array[] = [];
    await withUpload((upload) => upload.save(new WritableStream({ write: (chunk: Uint8Array) => void chunks.push(chunk) })));
    expect(Buffer.concat(chunks).toString()).toBe('content');
  });

  it('into a slow stream waits for it', async () => {
    let waiting = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1000,
      write(chunk, _encoding, done) {
        waiting += chunk.length;
        most = Math.max(most, slow.writableLength);
        setTimeout(done, 1);
      },
    });
    await withUpload((upload) => upload.save(slow, { chunkSize: 20_000 }), file('f', 'x', large));
    expect(waiting).toBe(large.length);
    expect(most).toBeLessThanOrEqual(60_000);
  });

  it('fails as the stream fails', async () => {
    const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) });
    await expect(withUpload((upload) => upload.save(failing))).rejects.toThrow('full');
  });

  it('never overwrites', async () => {
    const path = join(place, 'there');
    writeFileSync(path, 'old');
    const failure = await withUpload((upload) => upload.save(path)).catch((error) => error);
    expect(failure).toBeInstanceOf(FileExistsError);
    expect(failure).toMatchObject({ name: 'FileExistsError', code: 'EEXIST', path, message: expect.stringContaining(path) });
    await withUpload((upload) => upload.save(place), file('f', 'there', 'x')).catch((error) => expect(error.code).toBe('EEXIST'));
    symlinkSync(join(place, 'nowhere'), join(place, 'dangling'));
    await expect(withUpload((upload) => upload.save(join(place, 'dangling')))).rejects.toThrow(FileExistsError);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(place).sort()).toEqual(['dangling', 'there']);
  });

  it('by two at once keeps one, whole', async () => {
    const path = join(place, 'one');
    const outcomes = await withUpload((upload) => Promise.allSettled([upload.save(path), upload.save(path), upload.save(path)]));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(readFileSync(path, 'utf8')).toBe('content');
  });

  it.each(sizes)('overwrites when told to, leaving nothing beside: %s', async (_where, part, content) => {
    const path = join(place, 'there');
    writeFileSync(path, 'old'.repeat(1000));
    await withUpload((upload) => upload.save(path, { overwrite: true }), part);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(readdirSync(place)).toEqual(['there']);
  });

  it('writes to a device or pipe without replacing it', async () => {
    expect(await withUpload((upload) => upload.save('/dev/null', { overwrite: true }))).toBe('/dev/null');
    expect(readFileSync('/dev/null', 'utf8')).toBe('');
  });

  it('tells what the file system says', async () => {
    await expect(withUpload((upload) => upload.save(join(place, 'no', 'such', 'place')))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await expect(withUpload((upload) => upload.save(join(place, 'a\0b')))).rejects.toMatchObject({
      code: 'ERR_INVALID_ARG_VALUE',
    });
    await expect(withUpload((upload) => upload.save(place, { chunkSize: 0 }))).rejects.toThrow(/chunkSize/);
    expect(readdirSync(place)).toEqual([]);
  });

  it('goes on when the request is over, if it has begun', async () => {
    const path = join(place, 'late');
    let saving: Promise<unknown> | undefined;
    const app = receiving(
      ({ files }) => {
        saving = files.f!.save(path, { chunkSize: 1000 });
      },
      { memfileMax: 100 },
    );
    await app.fetch(post(multipartBody([file('f', 'x', large)]), multipartType));
    await saving;
    expect(readFileSync(path, 'utf8')).toBe(large);
  });

  it.each(['small', large])('is too late when the request is over', async (content) => {
    let kept: FileUpload | undefined;
    const app = receiving(
      ({ files }) => {
        kept = files.f;
      },
      { memfileMax: 100 },
    );
    await app.fetch(post(multipartBody([file('f', 'x', content)]), multipartType));
    await sleep(10);
    for (const use of [() => kept!.save(join(place, 'late')), () => kept!.bytes(), () => kept!.file.toArray()]) {
      await expect(use()).rejects.toMatchObject({ code: 'BN_BODY_GONE', message: expect.stringContaining('request is over') });
    }
    expect(readdirSync(place)).toEqual([]);
  });

  it('by a stream that was begun goes on to its end', async () => {
    const target = new PassThrough({ highWaterMark: 10 * large.length });
    const app = receiving(
      ({ files }) => {
        files.f!.file.pipe(target);
      },
      { memfileMax: 100 },
    );
    await app.fetch(post(multipartBody([file('f', 'x', large)]), multipartType));
    expect((await target.toArray()).join('')).toBe(large);
  });
});

describe('parameters', () => {
  @Controller()
  class Uploads {
    @Post('/one')
    one(@Upload('file') upload: FileUpload) {
      return upload === undefined ? 'none' : `${upload.rawFilename}:${upload.contentLength}`;
    }

    @Post('/named')
    named(@Upload() photo?: FileUpload) {
      return photo?.rawFilename ?? 'none';
    }

    @Post('/required')
    required(@Upload('file', { required: true }) upload: FileUpload) {
      return upload.rawFilename;
    }

    @Post('/list')
    list(@Upload('file') uploads: FileUpload[] = []) {
      return uploads.map(({ rawFilename }) => rawFilename);
    }

    @Post('/all')
    all(@Upload() files: FormsDict<FileUpload>) {
      return [...files].map(([name, upload]) => [name, upload.rawFilename]);
    }

    @Post('/listRequired')
    listRequired(@Upload('file', { required: true }) uploads: FileUpload[]) {
      return uploads.length;
    }
  }

  const app = new Bottle();
  app.mount(Uploads);
  const ask = async (path: string, ...parts: ReturnType<typeof file>[]): Promise<unknown> => {
    const request = post(multipartBody(parts), multipartType, path);
    request.headers.set('Accept', 'application/json');
    const response = await app.fetch(request);
    const text = await response.text();
    if (response.status === 422) return JSON.parse(text).errors;
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  };

  it('are given an upload by its field, the last of several', async () => {
    expect(await ask('/one', file('file', 'a', 'xyz'))).toBe('a:3');
    expect(await ask('/one', file('file', 'a', 'xyz'), file('file', 'b', ''))).toBe('b:0');
    expect(await ask('/named', file('photo', 'p', ''))).toBe('p');
  });

  it('are given all of a field, or all there are', async () => {
    const parts = [file('file', 'a'), file('other', 'c'), file('file', 'b')];
    expect(await ask('/list', ...parts)).toEqual(['a', 'b']);
    expect(await ask('/all', ...parts)).toEqual([
      ['file', 'a'],
      ['other', 'c'],
      ['file', 'b'],
    ]);
  });

  it('are given nothing where nothing was chosen', async () => {
    const nothing = file('file', '', '', 'application/octet-stream');
    expect(await ask('/one', nothing)).toBe('none');
    expect(await ask('/named', nothing)).toBe('none');
    expect(await ask('/list', nothing)).toEqual([]);
    expect(await ask('/all', nothing)).toEqual([]);
  });

  it('refuse a request without what they require', async () => {
    const missing = [{ in: 'form', path: '/file', constraint: 'required', message: 'file is required' }];
    expect(await ask('/required', file('other', 'x', 'y'))).toEqual(missing);
    expect(await ask('/required', field('file', 'text'))).toEqual(missing);
    expect(await ask('/required', file('file', '', ''))).toEqual(missing);
    expect(await ask('/listRequired', field('x'))).toEqual(missing);
    expect(await ask('/required', file('file', 'x', ''))).toBe('x');
  });
});

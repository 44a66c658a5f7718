import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Frame, frameAt } from './stack-frames.js';

/** A piece of a source file. */
export interface Excerpt {
  /** The number of the first line. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** A frame with its place in the original source. */
export interface SourceFrame {
  readonly frame: Frame;
  /** `undefined` if the source cannot be read. */
  readonly excerpt: Excerpt | undefined;
}

/** The number of lines shown before and after the line of the call. */
const CONTEXT_LINES = 5;
/** The maximum file size, in bytes. Larger files are bundles, which are not readable. */
const MAX_SIZE = 4_000_000;

/** Only source files are read. A stack is text that an attacker may influence, so it must not expose other files. */
const SOURCE_FILE = /\.(?:[cm]?[jt]sx?|vue|svelte)$/i;
const MAP_COMMENT = '//# sourceMappingURL=';

interface SourceMapData {
  sources: string[];
  sourceRoot?: string;
  sourcesContent?: (string | null)[];
}

/** Reads the sources for one page, each file once. */
export class Sources {
  readonly #texts = new Map<string, Promise<string | undefined>>();

  /** Finds the place of a frame in the original source, through a source map if the file has one, and the lines around it. */
  async locate(frame: Frame): Promise<SourceFrame> {
    const text = await this.#read(frame.file);
    if (text === undefined) return { frame, excerpt: undefined };
    const mapped = await this.#locateWithMap(frame, text).catch(() => undefined);
    return mapped ?? { frame, excerpt: excerptOf(text, frame.line) };
  }

  #read(file: string): Promise<string | undefined> {
    let text = this.#texts.get(file);
    if (text === undefined) {
      text = SOURCE_FILE.test(file) ? readSmall(file).catch(() => undefined) : Promise.resolve(undefined);
      this.#texts.set(file, text);
    }
    return text;
  }

  /** Applies the source map, because without `--enable-source-maps` a trace names the compiled file. */
  async #locateWithMap(frame: Frame, text: string): Promise<SourceFrame | undefined> {
    const at = text.lastIndexOf(MAP_COMMENT);
    if (at === -1) return undefined;
    const [mark = ''] = text.slice(at + MAP_COMMENT.length).split(/\s/, 1);
    const mapUrl = new URL(mark, pathToFileURL(frame.file));
    const json = mapUrl.protocol === 'data:' ? dataText(mark) : await readSmall(fileURLToPath(mapUrl));
    const data = JSON.parse(json) as SourceMapData;
    const { SourceMap } = await import('node:module');
    const entry = new SourceMap(data as never).findEntry(frame.line - 1, frame.column - 1);
    if (!('originalSource' in entry)) return undefined;
    const { originalSource, originalLine, originalColumn } = entry;
    const base = mapUrl.protocol === 'data:' ? pathToFileURL(frame.file) : mapUrl;
    const root = data.sourceRoot ? data.sourceRoot.replace(/\/?$/, '/') : '';
    const file = fileURLToPath(new URL(root + originalSource, base));
    const content = data.sourcesContent?.[data.sources.indexOf(originalSource)] ?? (await this.#read(file));
    const original = frameAt(frame.call, file, originalLine + 1, originalColumn + 1);
    return { frame: original, excerpt: content === undefined ? undefined : excerptOf(content, original.line) };
  }
}

async function readSmall(file: string): Promise<string> {
  if ((await stat(file)).size > MAX_SIZE) throw new RangeError(`${file} is too large to be shown.`);
  return readFile(file, 'utf8');
}

function dataText(url: string): string {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(';base64') ? Buffer.from(data, 'base64').toString() : decodeURIComponent(data);
}

function excerptOf(text: string, line: number): Excerpt | undefined {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
  // The text after the last line break is not a line if it is empty.
  if (lines.at(-1) === '') lines.pop();
  if (line < 1 || line > lines.length) return undefined;
  const first = Math.max(1, line - CONTEXT_LINES);
  return { first, lines: lines.slice(first - 1, line + CONTEXT_LINES) };
}

import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Frame, placed } from './stack-frames.js';

/** A piece of a source file. */
export interface Excerpt {
  /** The number of the first line. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** A frame at its place in the source that its author wrote. */
export interface SourceFrame {
  readonly frame: Frame;
  /** `undefined` where the source cannot be read. */
  readonly excerpt: Excerpt | undefined;
}

/** How many lines are shown before and after the one in question. */
const AROUND = 5;
/** Larger files, in bytes, are bundles: nobody reads them. */
const MAX_SIZE = 4_000_000;

/** Sources only: a stack is text, and must not get other files read. */
const SOURCE_FILE = /\.(?:[cm]?[jt]sx?|vue|svelte)$/i;
const MAP_MARK = '//# sourceMappingURL=';

interface SourceMapData {
  sources: string[];
  sourceRoot?: string;
  sourcesContent?: (string | null)[];
}

/** Reads sources for one page, each file once. */
export class Sources {
  readonly #texts = new Map<string, Promise<string | undefined>>();

  /** Finds a frame's place in the source that was written, through a source map if the file has one, and the lines around it. */
  async locate(frame: Frame): Promise<SourceFrame> {
    const text = await this.#read(frame.file);
    if (text === undefined) return { frame, excerpt: undefined };
    const mapped = await this.#throughMap(frame, text).catch(() => undefined);
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

  /** What `--enable-source-maps` does, where it is not on: then a trace names the file that was compiled. */
  async #throughMap(frame: Frame, text: string): Promise<SourceFrame | undefined> {
    const at = text.lastIndexOf(MAP_MARK);
    if (at === -1) return undefined;
    const [mark = ''] = text.slice(at + MAP_MARK.length).split(/\s/, 1);
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
    const original = placed(frame.call, file, originalLine + 1, originalColumn + 1);
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
  // What follows the last line break is no line.
  if (lines.at(-1) === '') lines.pop();
  if (line < 1 || line > lines.length) return undefined;
  const first = Math.max(1, line - AROUND);
  return { first, lines: lines.slice(first - 1, line + AROUND) };
}

import { isAbsolute, relative } from 'node:path';
import { escapeForeign } from '../../support/escape-html.js';
import { highlight } from './highlight.js';
import type { Excerpt, SourceFrame } from './source-excerpt.js';
import type { Frame } from './stack-frames.js';

/**
 * The HTML of a trace: frames of the application with their source, and runs of other frames collapsed.
 *
 * @param shared The number of frames at the end that are already shown for another error.
 */
export function framesHtml(frames: readonly SourceFrame[], shared: number): string {
  const newFrames = frames.slice(0, frames.length - shared);
  let html = '';
  let isFirst = true;
  for (let i = 0; i < newFrames.length; ) {
    const one = newFrames[i] as SourceFrame;
    if (one.frame.owner === 'app') {
      html += appFrame(one, isFirst);
      isFirst = false;
      i++;
      continue;
    }
    const next = newFrames.findIndex(({ frame }, at) => at > i && frame.owner === 'app');
    const run = newFrames.slice(i, next === -1 ? newFrames.length : next);
    const owners = [...new Set(run.map(({ frame }) => frame.from))].slice(0, 6);
    html += collapsedFrames(run, `in ${owners.join(', ')}`);
    i += run.length;
  }
  return shared === 0 ? html : html + collapsedFrames(frames.slice(newFrames.length), 'as above');
}

/**
 * The number of frames at the end that a trace shares with an earlier one. At least one frame is never shared, so that it is shown.
 * Engines limit the length of traces, so one may end before the other.
 */
export function sharedFrames(frames: readonly SourceFrame[], before: readonly (readonly SourceFrame[])[]): number {
  const start = frames.findIndex((_, i) => i > 0 && before.some((other) => continuesAs(frames.slice(i), other)));
  return start === -1 ? 0 : frames.length - start;
}

/** Whether one trace equals the other from some frame on, up to the end of the shorter one. */
function continuesAs(rest: readonly SourceFrame[], other: readonly SourceFrame[]): boolean {
  return other.some((_, from) => rest.every((one, i) => from + i >= other.length || isSame(one, other[from + i])));
}

function isSame(a: SourceFrame | undefined, b: SourceFrame | undefined): boolean {
  return a?.frame.file === b?.frame.file && a?.frame.line === b?.frame.line && a?.frame.column === b?.frame.column;
}

function appFrame({ frame, excerpt }: SourceFrame, isOpen: boolean): string {
  const title = `${callHtml(frame)}<span class="place" title="${escapeForeign(frame.file)}">${escapeForeign(placeText(frame))}</span>`;
  if (excerpt === undefined) return `<p class="card problem">${title}</p>\n`;
  const lines = sourceHtml(excerpt, frame.line, frame.column);
  return `<details class="frame"${isOpen ? ' open' : ''}><summary>${title}</summary>${lines}</details>\n`;
}

/** Lines with their numbers. The line of the call is highlighted. */
function sourceHtml({ first, lines }: Excerpt, hit: number, column: number): string {
  const rows = lines.map((line, i) => {
    const number = first + i;
    const isHit = number === hit;
    return `<span${isHit ? ' class="hit"' : ''}><i>${number}</i>${highlight(line, isHit ? column : 0)}</span>`;
  });
  return `<pre class="source">${rows.join('')}</pre>`;
}

function collapsedFrames(frames: readonly SourceFrame[], where: string): string {
  const count = frames.length === 1 ? '1 call' : `${frames.length} calls`;
  const items = frames.map(
    ({ frame }) => `<li>${callHtml(frame)} <span class="place">${escapeForeign(placeText(frame))}</span></li>`,
  );
  const title = escapeForeign(`${count} ${where}`);
  return `<details class="folded"><summary><span>${title}</span></summary><ol>${items.join('\n')}</ol></details>\n`;
}

function callHtml({ call }: Frame): string {
  return call === undefined ? '<code class="soft">top level</code>' : `<code>${escapeForeign(call)}</code>`;
}

/** The place of a frame, relative to the working directory: `src/posts.ts:12:5`. */
function placeText({ file, line, column }: Frame): string {
  return `${shortPath(file)}${line === 0 ? '' : `:${line}:${column}`}`;
}

/** A path relative to the working directory, if it is inside it. */
export function shortPath(file: string): string {
  if (!isAbsolute(file)) return file;
  const fromHere = relative(process.cwd(), file);
  return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
}

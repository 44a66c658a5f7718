import { isAbsolute, relative } from 'node:path';
import { escapeForeign } from '../../http/escape.js';
import { highlight } from './highlight.js';
import type { Excerpt, SourceFrame } from './source.js';
import type { Frame } from './stack.js';

/** The frames of a trace: the user's with their source, those between folded up by the run. */
export function framesHtml(frames: readonly SourceFrame[]): string {
  let html = '';
  let isFirst = true;
  for (let i = 0; i < frames.length; ) {
    const { frame } = frames[i] as SourceFrame;
    if (frame.owner === 'app') {
      html += ownFrame(frames[i] as SourceFrame, isFirst);
      isFirst = false;
      i++;
      continue;
    }
    const next = frames.findIndex((other, at) => at > i && other.frame.owner === 'app');
    const end = next === -1 ? frames.length : next;
    html += foldedFrames(frames.slice(i, end).map((one) => one.frame));
    i = end;
  }
  return html;
}

function ownFrame({ frame, excerpt }: SourceFrame, isOpen: boolean): string {
  const title = `${callHtml(frame)}<span class="place" title="${escapeForeign(frame.file)}">${escapeForeign(placeText(frame))}</span>`;
  if (excerpt === undefined) return `<p class="card problem">${title}</p>\n`;
  const lines = sourceHtml(excerpt, frame.line, frame.column);
  return `<details class="frame"${isOpen ? ' open' : ''}><summary>${title}</summary>${lines}</details>\n`;
}

/** Lines with their numbers, one of them marked. */
function sourceHtml({ first, lines }: Excerpt, hit: number, column: number): string {
  const rows = lines.map((line, i) => {
    const number = first + i;
    const isHit = number === hit;
    return `<span${isHit ? ' class="hit"' : ''}><i>${number}</i>${highlight(line, isHit ? column : 0)}</span>`;
  });
  return `<pre class="source">${rows.join('')}</pre>`;
}

function foldedFrames(frames: readonly Frame[]): string {
  const owners = [...new Set(frames.map(({ from }) => from))].slice(0, 6).map(escapeForeign).join(', ');
  const count = frames.length === 1 ? '1 call' : `${frames.length} calls`;
  const items = frames.map(
    (frame) => `<li>${callHtml(frame)} <span class="place">${escapeForeign(placeText(frame))}</span></li>`,
  );
  return `<details class="folded"><summary><span>${count} in ${owners}</span></summary><ol>${items.join('\n')}</ol></details>\n`;
}

function callHtml({ call }: Frame): string {
  return call === undefined ? '<code class="soft">top level</code>' : `<code>${escapeForeign(call)}</code>`;
}

/** `src/posts.ts:12:5`, seen from where the process runs. */
export function placeText({ file, line, column }: Frame): string {
  return `${shortPath(file)}${line === 0 ? '' : `:${line}:${column}`}`;
}

/** A path as seen from where the process runs, if it lies below. */
export function shortPath(file: string): string {
  if (!isAbsolute(file)) return file;
  const fromHere = relative(process.cwd(), file);
  return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
}

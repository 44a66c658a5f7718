import { fileURLToPath } from 'node:url';

/** The owner of the code of a frame: the application, a package, this framework, or the platform. */
type FrameOwner = 'app' | 'package' | 'framework' | 'platform';

/** One line of a stack trace. */
export interface Frame {
  /** The called function; `undefined` at the top level of a module. */
  readonly call: string | undefined;
  /** An absolute path for a file, else the name from the engine: `node:fs`, `<anonymous>`. */
  readonly file: string;
  /** Line and column are counted from 1; 0 if unknown. */
  readonly line: number;
  readonly column: number;
  readonly owner: FrameOwner;
  /** The name of the package, or of the framework. */
  readonly from: string;
}

/** The maximum number of frames that are shown. */
const MAX_FRAMES = 60;
const MAX_LINE = 1000;

/** The folder of this framework's code. `undefined` if it is bundled with an application. */
const OWN_FOLDER = ownFolder(import.meta.url);

function ownFolder(url: string): string | undefined {
  const folder = /^file:.*\/(?=(?:src\/app\/debug-page|dist\/chunks)\/[^/]*$)/.exec(url)?.[0];
  if (folder === undefined) return undefined;
  return slashes(fileURLToPath(`${folder}${url.startsWith(`${folder}src/`) ? 'src/' : 'dist/'}`));
}

/** Parses the frames of a stack in the format of V8 (Node, Deno) and Bun, innermost first. */
export function framesOf(stack: string, message: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of afterMessage(stack, message).split('\n', MAX_FRAMES * 2)) {
    const frame = line.length > MAX_LINE ? undefined : parseFrame(line);
    if (frame !== undefined && frames.push(frame) === MAX_FRAMES) break;
  }
  return frames;
}

/**
 * The part of a stack after the message. A message may quote client input that looks like a frame, so it must not be parsed. If the
 * message was changed later, the block of frames at the end is used.
 */
function afterMessage(stack: string, message: string): string {
  const at = stack.indexOf(message);
  if (message !== '' && at !== -1) return stack.slice(at + message.length);
  const lines = stack.trimEnd().split('\n');
  return lines.slice(lines.findLastIndex((line) => !/^\s+at /.test(line)) + 1).join('\n');
}

function parseFrame(line: string): Frame | undefined {
  const text = line.trim();
  if (!text.startsWith('at ')) return undefined;
  const rest = text.slice(3).replace(/^async /, '');
  const open = rest.endsWith(')') ? rest.indexOf(' (') : -1;
  const call = open === -1 ? undefined : rest.slice(0, open);
  const place = open === -1 ? rest : rest.slice(open + 2, -1);
  const [, where = place, lineNumber = '0', column = '0'] = /^(.*):(\d{1,9}):(\d{1,9})$/.exec(place) ?? [];
  return frameAt(call, filePath(where), Number(lineNumber), Number(column));
}

/** Creates a frame and determines the owner of its code. */
export function frameAt(call: string | undefined, file: string, line: number, column: number): Frame {
  return { call, file, line, column, ...ownership(file) };
}

function ownership(file: string): Pick<Frame, 'owner' | 'from'> {
  const path = slashes(file);
  if (!/^(?:\/|[A-Za-z]:\/)/.test(path)) return { owner: 'platform', from: platformName(path) };
  const inside = path.lastIndexOf('/node_modules/');
  if (inside !== -1) {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(path.slice(inside + '/node_modules/'.length))?.[0] ?? 'a package';
    return name === 'bottlenose' ? { owner: 'framework', from: name } : { owner: 'package', from: name };
  }
  if (OWN_FOLDER !== undefined && path.startsWith(OWN_FOLDER)) return { owner: 'framework', from: 'bottlenose' };
  return { owner: 'app', from: '' };
}

function platformName(path: string): string {
  if (path.startsWith('node:')) return 'node';
  return path.startsWith('bottlenose-template') ? 'the template' : path;
}

function filePath(where: string): string {
  if (!where.startsWith('file:')) return where;
  try {
    // Module loaders add versions as a query.
    return fileURLToPath(where.replace(/[?#].*$/, ''));
  } catch {
    return where;
  }
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}

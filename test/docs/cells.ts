import * as bottlenose from 'bottlenose';
import * as plugins from 'bottlenose/plugins';
import { isFileName } from './page.js';

/** What stands as code in the columns of a page's tables that are headed `bottlenose`. */
export function cellsOf(text: string): string[] {
  const cells: string[] = [];
  let column = -1;
  for (const line of text.split('\n')) {
    const row = line.startsWith('|') ? line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')) : [];
    if (row.length === 0) column = -1;
    else if (column === -1) column = row.indexOf('bottlenose');
    if (column < 1 || row[column] === 'bottlenose') continue;
    for (const [, code = ''] of row[column]?.matchAll(/`([^`]+)`/g) ?? []) cells.push(code);
  }
  return cells.filter((code) => !/^(npx|npm|npm create) /.test(code) && !isFileName(code));
}

const PARAMETER = /^@(Param|Query|Form|Header|Cookie|Upload|Body|Inject|CurrentUser)\b/;
/** Exports that the names of the preamble hide. */
const HIDDEN = ['app', 'error', 'post'];

/** A program in which every cell stands where it belongs: as a parameter, a decorator, a member of a class, or a statement. */
export function cellsProgram(cells: readonly string[]): string {
  const names = Object.keys(bottlenose).filter((name) => !HIDDEN.includes(name));
  const preamble = PREAMBLE.replace('NAMES', names.join(', ')).replace('PLUGINS', Object.keys(plugins).join(', '));
  return `${preamble}${cells.map(placed).join('\n')}\n`;
}

function placed(code: string, i: number): string {
  if (PARAMETER.test(code)) return `class C${i} { m(${code.endsWith(')') ? `${code} value: unknown` : code}) {} }`;
  if (/^\w+: \w+(<\w+>)?$/.test(code)) return `class C${i} { m(${code}) {} }`;
  if (/^@Controller/.test(code)) return `${code} class C${i} {}`;
  if (code.startsWith('@')) return `class C${i} { ${code} ${code.endsWith(')') ? 'm(): unknown { return 1; }' : ''} }`;
  if (/^(implements|extends) /.test(code)) return `declare class C${i} ${code} {}`;
  if (/^class /.test(code)) return code;
  return `async function* f${i}(): AsyncGenerator<unknown, unknown> { ${code}; return 0; }`;
}

const PREAMBLE = `
import { NAMES, type Callback, type Context, type Container, type Plugin } from 'bottlenose';
import { Database, SQLitePlugin } from 'bottlenose/sqlite';
import { isolate, TestClient } from 'bottlenose/testing';
import { OpenAPIPlugin, openapi } from 'bottlenose/openapi';
import { PLUGINS } from 'bottlenose/plugins';
import { AnswerFilter, type AnswerHead, chain, guard } from 'bottlenose/kit';
import { z } from 'zod';
declare const app: Bottle, admin: Bottle, posts: Posts, request: Request, response: Response, context: Context, error: HTTPError;
declare const socket: WebSocketConnection, client: TestClient, container: Container, plugin: Plugin, photo: FileUpload;
declare const express: (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void;
declare const db: Database, id: number, name: string, secret: string, value: string, post: NewPost, stream: import('node:stream').Readable;
declare const bytes: Uint8Array, rows: object[], check: (user: string, password: string) => boolean, schema: z.ZodObject;
declare const verify: (token: string) => object, log: (error: unknown) => void, find: (id: number) => object | undefined;
declare class Posts { constructor(...all: unknown[]); list(): unknown; show(id: number): unknown; }
declare class NewPost { title: string; }
declare class Filters { page?: number; }
declare class Late extends globalThis.Error {}
const CurrentUser = createParam((request) => request.state);
declare const users: Map<string, object>;
type User = object;
`;

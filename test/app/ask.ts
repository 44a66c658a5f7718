import type { Bottle } from 'bottlenose';

export interface Answer {
  status: number;
  statusText: string;
  headers: Headers;
  text: string;
  /** The body, if it is JSON. */
  json: unknown;
}

/** Asks an app in process: `ask(app, '/path')`, `ask(app, 'POST /path', { body })`. */
export async function ask(app: Bottle, what: string, init: RequestInit = {}): Promise<Answer> {
  const [verb, path] = what.includes(' ') ? (what.split(' ', 2) as [string, string]) : ['GET', what];
  const response = await app.fetch(new Request(`http://localhost${path}`, { method: verb, ...init }));
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  const { status, statusText, headers } = response;
  return { status, statusText, headers, text, json: isJson && text !== '' ? JSON.parse(text) : undefined };
}

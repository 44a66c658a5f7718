import { startupPage } from '../../app/debug-page/startup-page.js';
import type { FailurePage } from './supervisor-link.js';

const NOTE = 'The app failed to start. It restarts when a file changes.';

/** The page that clients see until the app starts. */
export async function failurePage(error: unknown): Promise<FailurePage> {
  const { html, policy, text } = await startupPage(error, NOTE);
  const detail = error instanceof globalThis.Error ? `${error.name}: ${error.message}` : String(error);
  const problem = { type: 'about:blank', title: 'Internal Server Error', status: 500, detail };
  return { html, policy, text, problem: JSON.stringify(problem) };
}

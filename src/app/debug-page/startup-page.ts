import { escapeForeign as e } from '../../support/escape-html.js';
import { type HtmlPage, htmlPage } from '../../http/answer/html-page.js';
import { failuresOf, headline, tracebackText } from './failure.js';
import { failureHtml, messageText, titleHtml } from './debug-html.js';
import { Sources } from './source-excerpt.js';
import { DEBUG_STYLE } from './debug-style.js';

/** The page as HTML and as text. */
interface StartupPage extends HtmlPage {
  readonly text: string;
}

/**
 * The page of an app that could not be started, for its developer. It has the style of the debug page.
 *
 * @param note The next step of the reloader.
 */
export async function startupPage(error: unknown, note: string): Promise<StartupPage> {
  const failures = failuresOf(error);
  const sources = new Sources();
  const frames = await Promise.all(
    failures.map((failure) =>
      Promise.all(
        failure.frames.map((frame) =>
          frame.owner === 'app' ? sources.locate(frame) : Promise.resolve({ frame, excerpt: undefined }),
        ),
      ),
    ),
  );
  const [first] = failures as [(typeof failures)[number]];
  // The message of a compiler ends with an excerpt, which needs a monospaced font to keep its columns aligned.
  const [message, excerpt] = splitExcerpt(messageText(first));
  const body = `<header>
<p class="status"><b>Not started</b><span>${e(note)}</span></p>
<h1>${titleHtml(first)}</h1>
<p class="message">${e(message)}</p>
</header>
<main>
${excerpt === '' ? '' : `<div class="card failure"><pre>${e(excerpt)}</pre></div>\n`}${failures.map((failure, i) => failureHtml(failure, frames, i)).join('')}<details><summary><span>The traceback as text</span></summary><pre>${e(tracebackText(failures))}</pre></details>
</main>
<footer>Shown by the reloader, which is for development: turn it off on public servers.</footer>
`;
  const title = `${headline(first).split('\n', 1)[0]} · Not started`;
  return { ...htmlPage(title, DEBUG_STYLE, body), text: `${note}\n\n${tracebackText(failures)}\n` };
}

function splitExcerpt(message: string): [string, string] {
  const at = message.indexOf('\n\n');
  return at === -1 ? [message, ''] : [message.slice(0, at), message.slice(at + 2)];
}

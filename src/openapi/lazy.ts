import { createRequire } from 'node:module';
import { registerDocumentLoader } from '../app/openapi.js';

// By the name under which the package publishes it, as only that is the same before and after bundling. Modules without top-level
// `await` can be required (Node 20.19), and `app.openapi()` need not be asynchronous for it.
registerDocumentLoader(() => createRequire(import.meta.url)('bottlenose/openapi'));

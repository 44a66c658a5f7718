import { registerReloader } from '../app/reloader.js';

// Loaded on demand, because production does not need it.
registerReloader(async () => (await import('./reload/index.js')).reload);

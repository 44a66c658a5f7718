import { registerReloader } from '../app/reloader.js';

// Loaded when somebody asks for it, as in production nobody does.
registerReloader(async () => (await import('./reload/index.js')).reload);

import { createApp } from './app.js';

const { PORT = '8080', DATABASE } = process.env;

await createApp(DATABASE).run({ port: Number(PORT) });

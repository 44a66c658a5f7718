import app from './app.js';

const { url } = await app.run({ port: Number(process.env.PORT ?? 8080) });
console.log(`\nThe to-dos are at ${url}: give that to https://todobackend.com/specs/.`);

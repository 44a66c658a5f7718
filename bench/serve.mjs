// Starts a contestant's server for a scenario, and prints its URL once it listens: node bench/serve.mjs bottlenose json
const [contestant, scenario] = process.argv.slice(2);
const { [scenario]: start } = await import(`./contestants/${contestant}.mjs`);
const url = await start();
if (url !== undefined) console.log(url);

// The server of download.mjs: a directory of files.
import { Bottle, staticFile } from '../../dist/index.js';

const [root] = process.argv.slice(2);
const app = new Bottle();
app.get('/<name:path>', ({ name }) => staticFile(name, { root }));
const { url } = await app.run({ port: 0, quiet: true });
console.log(url);

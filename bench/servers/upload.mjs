// The server of upload.mjs: saves an uploaded file in a directory, by `save` or by piping its stream.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Bottle } from '../../dist/index.js';

const [directory, way] = process.argv.slice(2);
const app = new Bottle({ tempDir: directory });
app.post('/', { config: { maxBody: 8 * 1024 ** 3 } }, async (_args, { request }) => {
  const { file } = request.files;
  if (way === 'save') await file.save(directory);
  else await pipeline(file.file, createWriteStream(join(directory, file.filename), { flags: 'wx' }));
  return file.filename;
});
const { url } = await app.run({ port: 0, quiet: true });
console.log(url);

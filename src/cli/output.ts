import { writeFileSync } from 'node:fs';
import { CommandError } from './command-error.js';

/**
 * Writes a result to a file; without one or for `-`, to the standard output.
 *
 * @throws CommandError if the file cannot be written.
 */
export async function writeOutput(text: string, file: string | undefined): Promise<void> {
  if (file === undefined || file === '-') return print(text);
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(`${file} cannot be written: ${(error as Error).message}.`, 1, { cause: error });
  }
}

/** Resolves after the text is written. The process may exit right after. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      // A reader such as `head` closes the pipe early. That is not an error.
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    });
  });
}

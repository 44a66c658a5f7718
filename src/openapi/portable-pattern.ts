/**
 * Converts a regular expression to a JSON Schema pattern, which has Unicode mode and no flags (draft 2020-12, core §6.4). Returns
 * `undefined` if the expression depends on its flags, or is invalid in Unicode mode.
 */
export function portablePattern({ source, flags }: RegExp): string | undefined {
  if (/[imsyv]/.test(flags)) return undefined;
  const portable = flags.includes('u') ? source : removeIdentityEscapes(source);
  return isValidInUnicodeMode(portable) ? portable : undefined;
}

/** Unicode mode forbids identity escapes such as `\@`, and `\-` outside of a class. */
function removeIdentityEscapes(source: string): string {
  const strip = (text: string, kept: string): string =>
    text.replace(/\\([\s\S])/g, (all, character: string) => (/\w/.test(character) || kept.includes(character) ? all : character));
  return source.replace(/\[(?:\\[\s\S]|[^\]\\])*\]|(?:\\[\s\S]|[^[\\])+/g, (part) =>
    strip(part, part.startsWith('[') ? '^$\\.*+?()[]{}|/-' : '^$\\.*+?()[]{}|/'),
  );
}

function isValidInUnicodeMode(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

/**
 * The source of a regular expression, as JSON Schema reads it: in Unicode mode, without flags (draft 2020-12, core §6.4).
 * `undefined` for one that means something else without its flags, or nothing at all in that mode.
 */
export function portablePattern({ source, flags }: RegExp): string | undefined {
  if (/[imsyv]/.test(flags)) return undefined;
  const portable = flags.includes('u') ? source : withoutNeedless(source);
  return isUnicode(portable) ? portable : undefined;
}

/** Unicode mode refuses escapes that nothing needs: `\@`, and `\-` outside of a class. */
function withoutNeedless(source: string): string {
  const strip = (text: string, kept: string): string =>
    text.replace(/\\([\s\S])/g, (all, character: string) => (/\w/.test(character) || kept.includes(character) ? all : character));
  return source.replace(/\[(?:\\[\s\S]|[^\]\\])*\]|(?:\\[\s\S]|[^[\\])+/g, (part) =>
    strip(part, part.startsWith('[') ? '^$\\.*+?()[]{}|/-' : '^$\\.*+?()[]{}|/'),
  );
}

function isUnicode(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

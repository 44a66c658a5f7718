import { lookup } from 'mrmime';
import { isJsonType } from '../fields/media-type.js';

/** Common types that mrmime does not contain: registered under `vnd.` or `x-`, or not registered. */
const EXTRA_TYPES: Readonly<Record<string, string>> = {
  '7z': 'application/x-7z-compressed',
  apk: 'application/vnd.android.package-archive',
  avi: 'video/x-msvideo',
  bz2: 'application/x-bzip2',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  eot: 'application/vnd.ms-fontobject',
  flac: 'audio/flac',
  ico: 'image/x-icon',
  jsonl: 'application/x-ndjson',
  m3u8: 'application/vnd.apple.mpegurl',
  mkv: 'video/x-matroska',
  ndjson: 'application/x-ndjson',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  py: 'text/x-python',
  rar: 'application/vnd.rar',
  tar: 'application/x-tar',
  vcf: 'text/vcard',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  xz: 'application/x-xz',
  zst: 'application/zstd',
};

/**
 * The media type of a file by the extension of its name, without parameters; `undefined` for an unknown one. A compressed file
 * has the type of the compression: `page.html.gz` is `application/gzip`.
 *
 * @example mediaTypeOf('app.mjs') // 'text/javascript'
 */
export function mediaTypeOf(filename: string): string | undefined {
  const dot = filename.lastIndexOf('.');
  // A name such as `.profile` has no extension.
  if (dot < 1) return undefined;
  const extension = filename.slice(dot + 1).toLowerCase();
  // Both tables are plain objects, which inherit `constructor` and other names.
  if (Object.hasOwn(EXTRA_TYPES, extension)) return EXTRA_TYPES[extension];
  const type: unknown = lookup(extension);
  return typeof type === 'string' ? type : undefined;
}

/**
 * Whether files of a media type are text: `text/*`, JSON, JavaScript, XML (SVG too), web manifests. Such a type is sent with a
 * charset, and such files become smaller when they are compressed.
 *
 * @param type in lower case, without parameters.
 */
export function isTextType(type: string): boolean {
  return (
    type.startsWith('text/') ||
    isJsonType(type) ||
    type.endsWith('+xml') ||
    type === 'application/javascript' ||
    type === 'application/x-ndjson' ||
    type === 'application/xml'
  );
}

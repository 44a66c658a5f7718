/** Limits of a multipart form. Sizes are in bytes. A larger form is rejected with 413, or with 431 where noted. */
export interface MultipartLimits {
  /** The largest file. Default: limited by `maxBody` only. */
  maxFileSize: number;
  /** The maximum number of files. Default: 100. */
  maxFiles: number;
  /** The maximum number of text fields, also of an urlencoded form. Default: 1000. */
  maxFields: number;
  /** The maximum number of parts: files and text fields together. Default: 1000. */
  maxParts: number;
  /** The largest text field. Default: 1 MiB. */
  maxFieldSize: number;
  /** The size of all text fields together. They are kept in memory. Default: 10 MiB. */
  maxFieldsSize: number;
  /** The size of the headers of one part. Larger headers are rejected with 431. Default: 8 KiB. */
  maxHeaderSize: number;
}

export const MULTIPART_DEFAULTS: Readonly<MultipartLimits> = {
  maxFileSize: Number.POSITIVE_INFINITY,
  maxFiles: 100,
  maxFields: 1000,
  maxParts: 1000,
  maxFieldSize: 1024 * 1024,
  maxFieldsSize: 10 * 1024 * 1024,
  maxHeaderSize: 8 * 1024,
};

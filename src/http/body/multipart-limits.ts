/** How much of a multipart form is taken. Sizes are in bytes. More is refused with 413, or 431 where that is said. */
export interface MultipartLimits {
  /** The largest file. Default: whatever `maxBody` lets through. */
  maxFileSize: number;
  /** The most files. Default: 100. */
  maxFiles: number;
  /** The most text fields, also of an urlencoded form. Default: 1000. */
  maxFields: number;
  /** The most parts, files and text fields together. Default: 1000. */
  maxParts: number;
  /** The largest text field. Default: 1 MiB. */
  maxFieldSize: number;
  /** All text fields together, as they are kept in memory. Default: 10 MiB. */
  maxFieldsSize: number;
  /** The headers of one part; more is refused with 431. Default: 8 KiB. */
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

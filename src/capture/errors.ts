// What can be wrong with a capture directory, and what is the code for it? TABLE: capture errors.
// SPDX-License-Identifier: MPL-2.0

export const captureErrors = {
  ERR_CAPTURE_MISSING: "there is no such directory",
  ERR_CAPTURE_NOT_A_DIRECTORY: "this is not a directory",
  ERR_CAPTURE_EMPTY: "the directory is empty",
  ERR_CAPTURE_FOREIGN: "this is not a capture of gst-pyroscope",
  ERR_CAPTURE_VERSION: "the capture was written by a newer version",
  ERR_CAPTURE_TRUNCATED: "the capture is cut off",
  ERR_CAPTURE_UNREADABLE: "the capture cannot be read",
  ERR_CAPTURE_OCCUPIED: "the directory holds other files",
  ERR_CAPTURE_EXISTS: "there is a capture already; another directory or --replace is needed",
  ERR_CAPTURE_UNSAFE: "not written to, since it may be somebody else's",
  ERR_CAPTURE_BUSY: "another process is writing a capture here",
  ERR_CAPTURE_WRITE: "the capture cannot be written",
} as const;

export type CaptureErrorCode = keyof typeof captureErrors;

/** One line for a person: what is wrong, where, and the detail if there is one. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  constructor(
    readonly code: CaptureErrorCode,
    readonly path: string,
    readonly detail = "",
    options?: ErrorOptions,
  ) {
    super(`${path}: ${captureErrors[code]}${detail === "" ? "" : ` (${detail})`}`, options);
  }
}

/** The system's code of an error ("ENOENT"), or "". */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}

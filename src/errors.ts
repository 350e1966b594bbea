// What can go wrong, under which code, and what should a person do about it? TABLE: errors.
// SPDX-License-Identifier: MPL-2.0

export interface ErrorRow {
  /** What happened, in half a sentence. */
  what: string;
  /** What a person can do; "" where nothing is needed. */
  advice: string;
}

export const errorTable = {
  ERR_NATIVE_MISSING: { what: "the native half of the agent could not be loaded", advice: "see docs/install.md" },
  ERR_NATIVE_VERSION: {
    what: "the native half is of another release than the agent",
    advice: "install gst-pyroscope again, and both come from one",
  },
  ERR_PLUGIN_UNUSABLE: { what: "the plugin was not installed", advice: "gst-pyroscope doctor says more" },
  ERR_PLUGIN_FOREIGN: {
    what: "a file is there that install-plugin did not make",
    advice: "move it away; while it is there GStreamer loads it",
  },
  ERR_PLUGIN_FOLDER: {
    what: "the user's data folder cannot be changed",
    advice: "make it writable, or name another one by XDG_DATA_HOME, for GStreamer's programs too",
  },
  ERR_SEGMENT_OPEN: { what: "the segment could not be opened", advice: "run the agent as the user of the target" },
  ERR_SEGMENT_VERSION: {
    what: "the segment was written by another version of the tracer",
    advice: "use an agent of the tracer's release, or of the one behind it",
  },
  ERR_SEGMENT_UNSEALED: { what: "the segment is not sealed, so it is not ours", advice: "" },
  ERR_SEGMENT_SIZE: { what: "the segment has another size than its version says", advice: "" },
  ERR_SEGMENT_BUSY: {
    what: "the segment is read by another agent",
    advice: "a target has one agent; end that one first",
  },
  ERR_SEGMENT_CLOSED: { what: "the segment was closed already", advice: "" },
  ERR_DOOR_FOLDER: {
    what: "the folder of control sockets cannot be used",
    advice: "it must be a directory of this user, and no link to one",
  },
  ERR_THREAD: { what: "the system has no thread left", advice: "raise the limit of processes (ulimit -u)" },
  ERR_SERVER_URL: { what: "the server address is not a URL", advice: "write it like http://localhost:4040" },
  ERR_UPLOAD_INVALID: { what: "the server refused the data as invalid", advice: "see the server's message" },
  ERR_UPLOAD_DENIED: { what: "the server refused the credentials", advice: "check user, password, token and tenant" },
  ERR_UPLOAD_MISROUTED: {
    what: "no such service at this address",
    advice: "check the server address and its path prefix",
  },
  ERR_UPLOAD_BUSY: { what: "the server asks to send less", advice: "raise its ingestion limits or lower sample-rate" },
  ERR_UPLOAD_FAILING: { what: "the server answered with an error of its own", advice: "see the server's log" },
  ERR_UPLOAD_UNREACHABLE: { what: "the server could not be reached", advice: "is it running?" },
  ERR_UPLOAD_PROXY: {
    what: "the proxy did not let us through",
    advice: "check user and password in the proxy's address, and no_proxy",
  },
  ERR_UPLOAD_FOREIGN: {
    what: "something else answered than such a server",
    advice: "check address and port; is there a login page in between?",
  },
  ERR_UPLOAD_EXPIRED: { what: "the data grew too old to be accepted", advice: "" },
  ERR_UPLOAD_OVERFLOW: { what: "the upload queue was full", advice: "" },
  ERR_UPLOAD_ENDED: { what: "the agent ended before the data could be sent", advice: "" },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** Of data that reached no server. */
export type UploadCode = Extract<ErrorCode, `ERR_UPLOAD_${string}`>;
/** As a loss is called: `upload_expired`. */
export type UploadLoss = LossOf<UploadCode>;
type LossOf<Code extends string> = Code extends `ERR_${infer Name}` ? Lowercase<Name> : never;

export const lossOf = (code: UploadCode): UploadLoss => code.replace("ERR_", "").toLowerCase() as UploadLoss;

/** An error with a code of the table; the message is one line without secrets. */
export class CodedError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail = "", options?: ErrorOptions) {
    const { what, advice } = errorTable[code];
    super(`${what}${detail && `: ${detail}`}${advice && ` (${advice})`}`, options);
    this.name = "CodedError";
    this.code = code;
  }
}

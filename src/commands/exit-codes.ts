// What does the exit code say? TABLE: exit codes of all commands. `run` passes the command's own code on.
// SPDX-License-Identifier: MPL-2.0

import type { CaptureErrorCode } from "../capture/errors.js";

export const exitCodes = {
  ok: { code: 0, help: "done" },
  failed: { code: 1, help: "something unexpected went wrong" },
  usage: { code: 2, help: "wrong options or arguments" },
  captureMissing: {
    code: 3,
    help: "report, diff, export, symbols, symbolize: there is no such directory, or it is not one",
  },
  captureEmpty: { code: 4, help: "report, diff, export, symbols, symbolize: the directory is empty" },
  captureForeign: { code: 5, help: "report, diff, export, symbols, symbolize: the directory is not a capture" },
  captureTruncated: {
    code: 6,
    help: "report, diff, export, symbols, symbolize: the capture is damaged; report printed and export exported what could be read, symbolize changed nothing, diff compared nothing",
  },
  captureVersion: {
    code: 7,
    help: "report, diff, export, symbols, symbolize: the capture was written by a newer version",
  },
  captureUnreadable: {
    code: 8,
    help: "report, diff, export, symbols, symbolize: the capture cannot be read, is being written, or the output cannot be written",
  },
  oldNode: { code: 9, help: "Node is too old; what is needed was said" },
  notInstalled: { code: 10, help: "install-plugin and uninstall: nothing was changed, for the reason that was said" },
  nothingNamed: {
    code: 11,
    help: "symbolize: there are frames without a symbol, and no file that was found names any of them; nothing was changed",
  },
  noTarget: {
    code: 12,
    help: "set and top: no such process is profiled, several are and none was named, or its agent does not answer",
  },
  changeRefused: { code: 13, help: "set: at least one setting was not changed, for the reason that was said" },
  gateFired: { code: 14, help: "diff: a condition of --fail-if holds, beyond noise" },
  notComparable: {
    code: 15,
    help: "diff: the recordings, or a figure that --fail-if names, are not comparable, for the reason that was said; no condition holds",
  },
  nothingExported: { code: 16, help: "export: the capture holds nothing of what was asked for" },
  ownFailure: { code: 125, help: "run: gst-pyroscope itself failed" },
  notExecutable: { code: 126, help: "run: the command cannot be executed" },
  notFound: { code: 127, help: "run: the command was not found" },
} as const;

const ofCaptures: Partial<Record<CaptureErrorCode, keyof typeof exitCodes>> = {
  ERR_CAPTURE_MISSING: "captureMissing",
  ERR_CAPTURE_NOT_A_DIRECTORY: "captureMissing",
  ERR_CAPTURE_EMPTY: "captureEmpty",
  ERR_CAPTURE_FOREIGN: "captureForeign",
  ERR_CAPTURE_TRUNCATED: "captureTruncated",
  ERR_CAPTURE_VERSION: "captureVersion",
};

export const captureExit = (code: CaptureErrorCode): number => exitCodes[ofCaptures[code] ?? "captureUnreadable"].code;

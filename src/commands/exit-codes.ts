// What does the exit code say? TABLE: exit codes of all commands. `run` passes the command's own code on.
// SPDX-License-Identifier: MPL-2.0

export const exitCodes = {
  ok: { code: 0, help: "done" },
  failed: { code: 1, help: "something unexpected went wrong" },
  usage: { code: 2, help: "wrong options or arguments" },
  captureMissing: { code: 3, help: "report: there is no such directory, or it is not one" },
  captureEmpty: { code: 4, help: "report: the directory is empty" },
  captureForeign: { code: 5, help: "report: the directory is not a capture" },
  captureTruncated: { code: 6, help: "report: the capture is damaged; what could be read was printed" },
  captureVersion: { code: 7, help: "report: the capture was written by a newer version" },
  captureUnreadable: { code: 8, help: "report: the capture cannot be read, or the output cannot be written" },
  ownFailure: { code: 125, help: "run: gst-pyroscope itself failed" },
  notExecutable: { code: 126, help: "run: the command cannot be executed" },
  notFound: { code: 127, help: "run: the command was not found" },
} as const;

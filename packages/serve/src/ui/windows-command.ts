// With which command does a pipeline take part, so that its agent posts windows to this service?
// SPDX-License-Identifier: MPL-2.0

/** Names that a tracer's parameter and a shell take as they are; others are a person's to write. */
const PLAIN = /^[A-Za-z0-9_.-]{1,64}$/;

export const windowsCommand = (stream: string): string =>
  `export GST_PYROSCOPE_WINDOWS_TOKEN=TOKEN GST_TRACERS='pyroscope(windows-url="${location.origin}",stream=${PLAIN.test(stream) ? stream : "STREAM"})'`;

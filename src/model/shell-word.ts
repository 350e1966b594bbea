// How is a text written so that a shell takes it for one word?
// SPDX-License-Identifier: MPL-2.0

/** One word of a POSIX shell, whatever is in it. */
export function quote(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

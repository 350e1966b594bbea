// Which file of the stream's folder does an address mean? None outside of it, and only what a stream is made of.
// SPDX-License-Identifier: MPL-2.0
import { realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";

export const PLAYLIST = "application/vnd.apple.mpegurl";

const types: Record<string, string> = {
  ".m3u8": PLAYLIST,
  ".ts": "video/mp2t",
  ".mp4": "video/mp4",
  ".m4s": "video/iso.segment",
  ".aac": "audio/aac",
  ".vtt": "text/vtt",
  ".mpd": "application/dash+xml",
};

export interface StreamFile {
  /** Without any link in it. */
  path: string;
  type: string;
  size: number;
}

/** `name`: what the address has behind the folder's, still encoded. null: there is no such file, or it is nobody's business. */
export async function streamFile(folder: string, name: string): Promise<StreamFile | null> {
  const parts = decoded(name)?.split("/");
  if (parts === undefined || parts.some((part) => part === "" || part.startsWith(".") || /[\\\0]/.test(part)))
    return null;
  const type = types[extname(parts.at(-1) ?? "").toLowerCase()];
  if (type === undefined) return null;
  try {
    const [inside, path] = await Promise.all([realpath(folder), realpath(join(folder, ...parts))]);
    if (!path.startsWith(inside.endsWith(sep) ? inside : inside + sep)) return null;
    const found = await stat(path);
    return found.isFile() ? { path, type, size: found.size } : null;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG"].includes(codeOf(error))) return null;
    throw error;
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

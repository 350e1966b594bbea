// What may be asked of the threads with SQLite about windows, streams and stalls?
// SPDX-License-Identifier: MPL-2.0
import type * as port from "../stall-port.js";

type Sync<Name extends keyof port.StallStore> = (
  ...args: Parameters<port.StallStore[Name]>
) => Awaited<ReturnType<port.StallStore[Name]>>;

const written = ["putWindows", "putNominals", "putStreamPath", "removeStreamPath", "putStalls"] as const;
const read = [
  ...(["windows", "streams", "nominals", "streamPaths", "stallsOfSession", "stallsOfStream"] as const),
  ...(["incidents", "incident", "openStalls", "unjudged", "startups"] as const),
] as const;

export type StallWriterCalls = { [Name in (typeof written)[number]]: Sync<Name> };
export type StallReaderCalls = { [Name in (typeof read)[number]]: Sync<Name> };

interface AnyThread {
  call(name: never, ...args: never[]): Promise<unknown>;
}

/** The port, by threads that know these calls. */
export const stallStore = (writer: () => AnyThread, reader: () => AnyThread): port.StallStore => {
  const by = (thread: () => AnyThread, names: readonly string[]) =>
    names.map((name) => [name, (...args: never[]) => thread().call(name as never, ...args)]);
  return Object.fromEntries([...by(writer, written), ...by(reader, read)]) as port.StallStore;
};

// How is it said which path of a manifest stands for which stream, also while the service runs?
// SPDX-License-Identifier: MPL-2.0
import type { Action, Settings } from "./options.js";
import { UsageError } from "./options.js";
import { openProjectsIn } from "./store/open.js";

type OfStreams = Extract<Action, { what: `stream-${string}` }>;

export const isOfStreams = (action: Action): action is OfStreams => action.what.startsWith("stream-");

export async function streamPaths(
  action: OfStreams,
  { dataDir, store }: Pick<Settings, "dataDir" | "store">,
  out: (text: string) => void,
): Promise<void> {
  const directory = openProjectsIn(dataDir, store === "auto" || store === "memory" ? undefined : store);
  try {
    const { streams } = directory;
    if (action.what === "stream-map") {
      const { project, path, stream: streamId } = action;
      await streams.putStreamPath(project, { path, streamId, learned: false });
      out(`${path} is ${streamId} from now on; a running service knows it in two seconds\n`);
    } else if (action.what === "stream-list") {
      const paths = await streams.streamPaths(action.project);
      out(paths.map(({ path, streamId, learned }) => `${path}  ${streamId}${learned ? "  (a guess)" : ""}\n`).join(""));
    } else if (await streams.removeStreamPath(action.project, action.path)) out(`removed: ${action.path}\n`);
    else throw new UsageError(`${action.path} is mapped to no stream: stream list shows those that are`);
  } finally {
    directory.close();
  }
}

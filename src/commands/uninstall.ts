// How does what install-plugin made go again? What is not of ours stays, and is named.
// SPDX-License-Identifier: MPL-2.0

import { rmdirSync, rmSync } from "node:fs";
import { systemCode } from "../capture/errors.js";
import type { Environment } from "../config/configuration.js";
import { cannotChange, linkState, ourReleases, type UserFolder, userFolder, usersOf } from "./user-folder.js";

/** What to say then. */
export function uninstall(environment: Environment): string[] {
  const place = userFolder(environment);
  try {
    return remove(place);
  } catch (error) {
    throw cannotChange(error);
  }
}

function remove(place: UserFolder): string[] {
  const { state } = linkState(place);
  const releases = ourReleases(place.releases);
  const users = releases.flatMap(usersOf);
  if (state === "ours") rmSync(place.link);
  for (const release of releases) rmSync(release, { recursive: true, force: true });
  removeIfEmpty(place.releases);
  const gone = [...(state === "ours" ? [place.link] : []), ...releases];
  return [
    ...(gone.length === 0 ? ["Nothing of ours is installed for this user"] : gone.map((path) => `Removed: ${path}`)),
    ...(state === "foreign" ? [`Left alone: ${place.link}, which install-plugin did not put there`] : []),
    ...(users.length > 0 ? [`Processes ${users.join(", ")} run on with it until they end`] : []),
  ];
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "ENOTDIR"].includes(systemCode(error) ?? "")) throw error;
  }
}

// What does the document say that a person reads to learn what is collected, what for, and for how long?
// SPDX-License-Identifier: MPL-2.0
import {
  batchFields,
  boundaryFields,
  eventFields,
  type Field,
  type Kept,
  metaFields,
  metaPatterns,
  requestFields,
} from "./fields.js";
import { eventNames, furtherEventNames, SCHEMA_VERSION } from "./names.js";
import { WINDOW_VERSION } from "./window.js";
import { answerFields, elementFields, windowBatchFields, windowFields } from "./window-fields.js";

const keptWords: Record<Kept, string> = {
  event: "as long as events",
  session: "as long as sessions",
  window: "as long as windows",
  removal: "until it is removed",
  never: "not kept",
};

function table(title: string, fields: Readonly<Record<string, Field>>): string {
  const rows = Object.entries(fields).map(
    ([name, { purpose, kept }]) => `| \`${name}\` | ${purpose} | ${keptWords[kept]} |`,
  );
  return [`## ${title}`, "", "| field | what it is for | kept |", "|---|---|---|", ...rows, ""].join("\n");
}

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/** Markdown, written by `node packages/contract/generate.mjs`. */
export function collectedDocument(): string {
  return [
    "# What the session service collects",
    "",
    "<!-- Written by `node packages/contract/generate.mjs`. -->",
    "",
    `Players send events to \`POST /api/playback-events\`, format \`${SCHEMA_VERSION}\`, or reports by CMCD, which become the same events. The schema is`,
    "[packages/contract/schema/playback-events-1.0.json](../packages/contract/schema/playback-events-1.0.json). Here is each field, what it is for, and how long it is kept.",
    "",
    "How long events and sessions are kept is set when the service is started (7 days and 30 days unless told otherwise); one session, those before a time, or all",
    "can be removed at once. A session id is a pseudonym: nothing here says who the viewer is.",
    "",
    "Of a URL only scheme, host and path stay. User, password, query and fragment go, and each part of the path that looks like a token becomes `:redacted`: 24",
    "characters or more of which four fifths are letters, digits, `_` or `-`; 32 hexadecimal digits or more; three words joined by dots, as a signed token. That",
    "holds for every text that is a URL or contains one. Under a key that names a credential, a cookie, an address or a user agent the value becomes `:redacted`.",
    "",
    table("The body", batchFields),
    table("An event", eventFields),
    `Names of events: ${list(eventNames)}; further ones, most of them from CMCD: ${list(furtherEventNames)}. Others are accepted and kept.`,
    "",
    table("`meta` of an event", metaFields),
    table("Keys of `meta` by their beginning", metaPatterns),
    table("What a player cannot see", boundaryFields),
    table("What a request carries besides", requestFields),
    ...pipelineParts(),
  ].join("\n");
}

function pipelineParts(): string[] {
  return [
    "# What pipelines send",
    "",
    `Agents send windows to \`POST /api/pipeline-windows\`, format \`${WINDOW_VERSION}\`, when they are told where to: figures of each two seconds, no media. The schema is`,
    "[packages/contract/schema/pipeline-windows-1.0.json](../packages/contract/schema/pipeline-windows-1.0.json). Fields that are not in it are not kept. Windows are kept for two hours as they came,",
    "then with the sums of ten seconds until they are a day old; those from a minute before a viewer's stall until a minute after it as they came, as long as that viewer's session.",
    "",
    table("The body of windows", windowBatchFields),
    table("A window", windowFields),
    table("An element in a window", elementFields),
    table("What the service makes of events and windows", answerFields),
  ];
}

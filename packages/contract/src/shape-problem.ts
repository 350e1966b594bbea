// What does a schema complain about, as a sentence that never repeats a value that was sent?
// SPDX-License-Identifier: MPL-2.0

/** Of ajv, as much as is used here. */
export interface Complaint {
  instancePath: string;
  keyword: string;
  params: Record<string, unknown>;
  message?: string | undefined;
}
export interface Validator {
  (json: unknown): boolean;
  errors?: readonly Complaint[] | null | undefined;
}

export interface Problem {
  /** As one writes it in JavaScript, to be put behind a name: `.meta["network.kind"]`. */
  path: string;
  message: string;
}

const MAX_KEY = 64;

/** The first complaint that says most. */
export function problemOf(validator: Validator): Problem {
  const complaints = validator.errors ?? [];
  const worst = complaints.find(({ keyword }) => !isVague(keyword)) ?? complaints[0];
  if (worst === undefined) return { path: "", message: "is not valid" };
  const missing = worst.keyword === "required" ? String(worst.params.missingProperty) : null;
  const message = missing === null ? messageOf(worst) : "is required";
  return { path: pathOf(worst.instancePath) + (missing === null ? "" : keyOf(missing)), message };
}

/** They only say that one of several schemas failed; what failed in it stands beside them. */
function isVague(keyword: string): boolean {
  return keyword === "anyOf" || keyword === "if" || keyword === "type";
}

function messageOf({ keyword, params, message, instancePath }: Complaint): string {
  if (keyword === "enum") return `must be one of ${(params.allowedValues as unknown[]).join(", ")}`;
  if (keyword === "const") return `must be ${JSON.stringify(params.allowedValue)}`;
  if (keyword === "not") return "is not a key of webrtc.* that this service knows";
  if (keyword === "type") return `must be ${[params.type].flat().join(" or ").replace(/,/g, " or ")}`;
  if (keyword === "pattern") return patternMessage(instancePath);
  return message ?? "is not valid";
}

function patternMessage(path: string): string {
  if (/timestamp$|time_origin$|timing[.]/.test(path)) return "must be an RFC 3339 time, as 2026-11-30T04:48:00.000Z";
  if (path.endsWith("peer_connection_run_id")) return "must be 1 to 64 of a-z, 0-9, _ and -";
  return "must not be blank, nor contain control characters";
}

function pathOf(pointer: string): string {
  const keys = pointer.split("/").slice(1);
  return keys.map((key) => keyOf(key.replace(/~1/g, "/").replace(/~0/g, "~"))).join("");
}

function keyOf(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) && key.length <= MAX_KEY ? `.${key}` : `[${JSON.stringify(key.slice(0, MAX_KEY))}]`;
}

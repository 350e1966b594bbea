// How does a page ask the service, and what went wrong when there is no answer?
// SPDX-License-Identifier: MPL-2.0
import type { ErrorBody } from "@gst-pyroscope/contract/wire";

/** `status` 0: there was no answer. */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

export const problemOf = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(0, "The service does not answer.");

/** A token in the page's own address is for pages without the service's cookie. */
export const authority: Record<string, string> = {};

export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(withProject(path), { headers: authority, ...(signal === undefined ? {} : { signal }) });
  await refuse(answer);
  return (await answer.json()) as T;
}

/** `token`: of an admin; it is kept nowhere. */
export async function remove(path: string, token: string): Promise<void> {
  await refuse(await fetch(path, { method: "DELETE", headers: { "X-MTrace-Token": token } }));
}

async function refuse(answer: Response): Promise<void> {
  if (answer.ok) return;
  const body = (await answer.json().catch(() => null)) as ErrorBody | null;
  throw new Problem(answer.status, body?.reason ?? `The service answered with status ${answer.status}.`);
}

/** The project of the page's address goes along with every request. */
export function withProject(path: string): string {
  const project = new URLSearchParams(location.search).get("project");
  if (project === null) return path;
  return `${path}${path.includes("?") ? "&" : "?"}project=${encodeURIComponent(project)}`;
}

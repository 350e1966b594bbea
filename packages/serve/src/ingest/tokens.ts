// Whose is a token, and what may who has it do? Tokens are kept as SHA-256 and compared in a time that tells nothing.
// SPDX-License-Identifier: MPL-2.0
import { createHash, timingSafeEqual } from "node:crypto";
import type { Project, ProjectStore, TokenKind } from "../store/port.js";

export interface Caller {
  project: string;
  kind: TokenKind;
  /** May send events, may send windows of pipelines, may read, may delete. */
  sends: boolean;
  windows: boolean;
  reads: boolean;
  deletes: boolean;
}

export interface TokensRequest {
  store: Pick<ProjectStore, "projects" | "tokens">;
  /** Project demo with the token demo-token; pages on this machine may send. */
  lab: boolean;
  /** Pages that may send, whatever the project. */
  allowOrigins: string[];
}

const LAB_PROJECT = "demo";
const LAB_TOKEN = "demo-token";
/** A longer one is none of ours, and is not worth its hash. */
const MOST_TOKEN = 512;

export const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

export class Tokens {
  readonly #request: TokensRequest;
  #known: { hash: Buffer; caller: Caller }[] = [];
  #projects = new Map<string, Project>();

  constructor(request: TokensRequest) {
    this.#request = request;
  }

  /** Reads what the store has now; `token add` of another process comes in this way. */
  async refresh(): Promise<void> {
    const { store, lab } = this.#request;
    const [projects, tokens] = await Promise.all([store.projects(), store.tokens()]);
    this.#projects = new Map(projects.map((project) => [project.id, project]));
    this.#known = tokens.map(({ hash, project, kind }) => ({
      hash: Buffer.from(hash, "hex"),
      caller: callerOf(project, kind),
    }));
    if (lab) {
      const caller = { ...callerOf(LAB_PROJECT, "browser"), reads: true, windows: true };
      this.#known.push({ hash: hashOf(LAB_TOKEN), caller });
    }
  }

  /** null: nobody's. */
  find(token: string): Caller | null {
    if (token.length > MOST_TOKEN) return null;
    const hash = hashOf(token);
    let found: Caller | null = null;
    for (const one of this.#known)
      if (one.hash.length === hash.length && timingSafeEqual(one.hash, hash)) found = one.caller;
    return found;
  }

  get projectIds(): string[] {
    const lab = this.#request.lab ? [LAB_PROJECT] : [];
    return [...new Set([...lab, ...this.#projects.keys()])];
  }

  limitsOf(project: string): Project["limits"] {
    return this.#projects.get(project)?.limits ?? null;
  }

  /** Of a page whose player sends to this project. */
  permits(project: string, origin: string): boolean {
    return this.#permitsAny(origin) || (this.#projects.get(project)?.origins.includes(origin) ?? false);
  }

  /** Whether pages of this origin may send to one project at least: a preflight names none. */
  knows(origin: string): boolean {
    return this.#permitsAny(origin) || [...this.#projects.values()].some(({ origins }) => origins.includes(origin));
  }

  #permitsAny(origin: string): boolean {
    const { allowOrigins, lab } = this.#request;
    return (
      allowOrigins.includes(origin) || (lab && /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin))
    );
  }
}

function callerOf(project: string, kind: TokenKind): Caller {
  const reads = kind === "read" || kind === "admin";
  const windows = kind === "pipeline";
  return { project, kind, sends: kind === "browser" || windows, windows, reads, deletes: kind === "admin" };
}

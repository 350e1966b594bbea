// How are projects and the hashes of their tokens kept in the file?
// SPDX-License-Identifier: MPL-2.0
import type { Project, Token } from "../port.js";
import type { Database } from "./driver.js";

interface ProjectColumns {
  id: string;
  name: string;
  origins: string;
  limits: string | null;
  created: number;
}

const projectOf = ({ id, name, origins, limits, created }: ProjectColumns): Project => ({
  id,
  name,
  origins: JSON.parse(origins) as string[],
  limits: limits === null ? null : (JSON.parse(limits) as Project["limits"]),
  createdMs: created,
});

const tokenOf = ({ hash, project, kind, created }: Omit<Token, "createdMs"> & { created: number }): Token => ({
  hash,
  project,
  kind,
  createdMs: created,
});

export const projectCalls = (db: Database) => ({
  projects: (): Project[] =>
    (db.prepare("SELECT * FROM projects ORDER BY id").all() as ProjectColumns[]).map(projectOf),
  tokens: (): Token[] =>
    (db.prepare("SELECT * FROM tokens ORDER BY hash").all() as Parameters<typeof tokenOf>[0][]).map(tokenOf),
  putProject: ({ id, name, origins, limits, createdMs }: Project): void => {
    const texts = [JSON.stringify(origins), limits && JSON.stringify(limits)];
    db.prepare("INSERT OR REPLACE INTO projects VALUES (?, ?, ?, ?, ?)").run(id, name, ...texts, createdMs);
  },
  putToken: ({ hash, project, kind, createdMs }: Token): void => {
    db.prepare("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)").run(hash, project, kind, createdMs);
  },
  removeToken: (hash: string): boolean => Number(db.prepare("DELETE FROM tokens WHERE hash = ?").run(hash).changes) > 0,
});

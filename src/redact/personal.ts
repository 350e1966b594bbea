// Which texts of a recording tell who was there? Credentials, home directories, names of users and hosts, addresses: replaced and counted.
// SPDX-License-Identifier: MPL-2.0

import { redact, redactName } from "./text.js";

/** What the machine knows of itself; empty texts are left out. */
export interface KnownNames {
  users: readonly string[];
  hosts: readonly string[];
}

export const removedKinds = {
  credentials: "passwords, tokens, keys, users and queries of URLs",
  home: "home directories",
  user: "names of users",
  host: "names of hosts",
  address: "IP addresses",
  mail: "mail addresses",
} as const;
export type RemovedKind = keyof typeof removedKinds;

/** Names of all machines say nothing; shorter ones are in every text. */
const common = new Set(["root", "nobody", "user", "users", "localhost", "home", "video", "audio", "admin"]);
const LEAST_NAME = 3;

const HOME = /(\/(?:home|Users|var\/home)\/)([^/\s"'`:;,)\]}]+)/g;
const MAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;
const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)/g;
/** With a digit: "a::b" is a name in C++. */
const IPV6 = /(?<![\w:.])(?=[0-9a-f:.]*\d)[0-9a-f]{0,4}(?::[0-9a-f.]{0,15}){2,8}(?![\w:])/gi;

/** One text for each thing that it replaces, by number: what was different stays different. */
export class Personal {
  readonly counts: Record<RemovedKind, number> = { credentials: 0, home: 0, user: 0, host: 0, address: 0, mail: 0 };
  readonly #numbers = new Map<string, number>();
  readonly #words: { kind: "user" | "host"; word: RegExp }[] = [];
  readonly #users = new Set<string>();

  constructor({ users, hosts }: KnownNames) {
    for (const user of users) this.#addUser(user);
    for (const host of hosts) if (isTelling(host)) this.#words.push({ kind: "host", word: wordOf(host) });
  }

  /** Free text: a command line, a message, a path. */
  text(text: string): string {
    return this.#people(this.#withoutCredentials(text, redact(text)));
  }

  /** The name of an element, a pad, a thread. */
  name(name: string): string {
    return this.#people(this.#withoutCredentials(name, redactName(name)));
  }

  /** The name of a function: an operator is no assignment, and a user may be called like a part of one. */
  code(name: string): string {
    return name.includes("/") ? this.#withoutHome(name) : name;
  }

  /** The path of a file. */
  file(path: string): string {
    return this.#people(path);
  }

  /** pipeline/bin/element, with what may stand around it: each name by itself, as it is elsewhere. */
  path(path: string): string {
    const [, around = "", inner = ""] = /^\((driver|worker|factory):(.*)\)$/s.exec(path) ?? [];
    if (around !== "") return `(${around}:${around === "factory" ? this.name(inner) : this.path(inner)})`;
    const escaped = (part: string): string => this.name(part.replaceAll("\\/", "/")).replaceAll("/", "\\/");
    const bare = path.replace(/^\\\(/, "(");
    const all = bare
      .split(/(?<!\\)\//)
      .map(escaped)
      .join("/");
    return bare === path ? all : all.replace(/^\(/, "\\(");
  }

  #withoutCredentials(before: string, after: string): string {
    if (before !== after) this.counts.credentials++;
    return after;
  }

  #people(text: string): string {
    let shown = this.#withoutHome(text);
    if (shown.includes("@")) shown = shown.replace(MAIL, (mail) => this.#stand("mail", mail));
    shown = shown.replace(IPV4, (found) => this.#address(found, 4)).replace(IPV6, (found) => this.#address(found, 6));
    for (const { kind, word } of this.#words) shown = shown.replace(word, (found) => this.#stand(kind, found));
    return shown;
  }

  #withoutHome(text: string): string {
    return text.replace(HOME, (_, above: string, user: string) => {
      this.#addUser(user);
      return `${above}${this.#stand("home", user)}`;
    });
  }

  #addUser(user: string): void {
    if (!isTelling(user) || this.#users.has(user)) return;
    this.#users.add(user);
    this.#words.push({ kind: "user", word: wordOf(user) });
  }

  /** Of this machine itself, and of all: they tell nothing. */
  #address(found: string, version: 4 | 6): string {
    const harmless = /^(127\.|0\.0\.0\.0$|255\.|::1?$)/.test(found);
    const valid =
      version === 4 ? found.split(".").every((part) => Number(part) < 256) : URL.canParse(`http://[${found}]`);
    return valid && !harmless ? this.#stand("address", found) : found;
  }

  #stand(kind: RemovedKind, found: string): string {
    this.counts[kind]++;
    const key = `${kind} ${found.toLowerCase()}`;
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return `${kind}-${number}`;
  }
}

const isTelling = (name: string): boolean => name.length >= LEAST_NAME && !common.has(name.toLowerCase());

const wordOf = (name: string): RegExp =>
  new RegExp(`(?<![A-Za-z0-9])${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![A-Za-z0-9])`, "g");

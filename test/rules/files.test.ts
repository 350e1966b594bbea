// Is every file short, named for one idea, and does it begin with what it answers?
import { homedir } from "node:os";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { filesBelow, linesOf, root, shownLine, textOf } from "../helpers/tree.js";

const everything = filesBelow();
const ours = everything.filter((path) =>
  /^(src|native|scripts|lab|packages\/[^/]+(?!\/test\/))\/.*\.(tsx?|mjs|cc?|h|inc)$/.test(path),
);
const tests = everything.filter((path) => /^(test|packages\/[^/]+\/test)\/.*\.(tsx?|cc|h|py)$/.test(path));
/** They grow with the product. */
const tables = [
  ...["src/config/options.ts", "src/metrics/catalog.ts", "src/errors.ts", "native/tracer/options.inc"],
  "native/pads/names/class-slots.inc",
];

describe("files", () => {
  test("are found", () => {
    expect(ours.length).toBeGreaterThan(20);
  });

  test("are at most 250 lines of TypeScript, 400 of C++, 300 of a script; tables are exempt", () => {
    const long = ours.filter((path) => {
      const lines = textOf(path).split("\n").length - 1;
      return !tables.includes(path) && lines > (/\.tsx?$/.test(path) ? 250 : path.endsWith(".mjs") ? 300 : 400);
    });
    expect(long).toEqual([]);
  });

  test("begin with what they answer: a sentence, before anything else", () => {
    const mute = [...ours, ...tests].filter((path) => {
      const [first = ""] = textOf(path)
        .replace(/^#!.*\n/, "")
        .split("\n");
      return /SPDX/.test(first) || !/^(\/\/|\/\*\*?|#) *\S+( \S+){3,}/.test(first);
    });
    expect(mute).toEqual([]);
  });

  test("carry their licence: what is loaded into other people's pages has MIT", () => {
    const licence = (path: string): string => (path.startsWith("packages/player/") ? "MIT" : "MPL-2.0");
    const carried = (path: string) => /^(?:\/\/|#|\s?\*) SPDX-License-Identifier: (\S+)$/m.exec(textOf(path))?.[1];
    expect(ours.filter((path) => carried(path) !== licence(path))).toEqual([]);
  });

  test("name in their comments only files that are there", () => {
    const names = new Set(everything.map((path) => basename(path)));
    const missing = linesOf([...ours, ...tests]).filter(({ text }) => {
      const [, comment = ""] = /(?:^\s*\*|\/\/ )(.*)$/.exec(text) ?? [];
      const named = comment.matchAll(
        /(?<![\w./<"-])((?:(?:src|native|test|scripts)\/[\w/-]+\/)?[a-z0-9-]+\.(?:ts|mjs|cc|h))\b/g,
      );
      return [...named].some(([, path = ""]) => !names.has(basename(path)));
    });
    expect(missing.map(shownLine)).toEqual([]);
  });

  test("have names in kebab-case, and none is a drawer for everything", () => {
    const wrong = [...ours, ...tests].filter((path) => {
      const name = basename(path).split(".")[0] ?? "";
      const drawer = path.split(/[/.-]/).some((word) => /^(utils?|common|misc|manager|tools)$/.test(word));
      return drawer || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
    });
    expect(wrong).toEqual([]);
  });

  test("hold no test that is switched off or alone", () => {
    const lines = linesOf(tests.filter((path) => path.endsWith(".ts")));
    expect(lines.filter(({ text }) => /\b(test|describe|it)\.(only|skip|todo)\(/.test(text)).map(shownLine)).toEqual(
      [],
    );
  });
});

describe("the tree names no place that is not everybody's", () => {
  const texts = everything.filter((path) => !/\.(png|gz|ico|woff2?)$/.test(path));

  test("no registry or mirror", () => {
    // In pieces, or this file would name them.
    const hosts = [
      ["registry", "npmjs"],
      ["registry", "yarnpkg"],
      ["proxy", "golang"],
      ["deb", "debian"],
      ["snapshot", "debian"],
      ["deb", "nodesource"],
      ["files", "pythonhosted"],
    ].map((parts) => parts.join("."));
    const named = linesOf(texts).filter(({ text }) => hosts.some((host) => text.includes(host)));
    expect(named.map(shownLine)).toEqual([]);
  });

  test("no path of the machine it was written on", () => {
    const home = homedir();
    const here = [root.replace(/\/$/, ""), ...(home.length > 1 ? [`${home}/`] : [])];
    const named = linesOf(texts).filter(
      ({ text }) => here.some((path) => text.includes(path)) || /\/home\/\w|\/Users\/\w/.test(text),
    );
    expect(named.map(shownLine)).toEqual([]);
  });
});

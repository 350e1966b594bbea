// What does each key change of what a person looks at?
import { describe, expect, it } from "vitest";
import { firstView, type Key, keys, press, type View } from "../../../../src/terminal/top/view.js";

const paths = ["p/a", "p/b", "p/c", "p/d", "p/e"];
const shown = { paths, page: 2, ranges: 4 };

const named: Record<string, Key> = {
  ...Object.fromEntries(
    ["up", "down", "left", "right", "pageup", "pagedown", "home", "end", "escape", "return", "backspace"].map(
      (name) => [name, { name, sequence: `\u001b<${name}>` }],
    ),
  ),
  "^C": { name: "c", sequence: "\u0003", ctrl: true },
  "^Z": { name: "z", sequence: "\u001a", ctrl: true },
  "^U": { name: "u", sequence: "\u0015", ctrl: true },
};

function having(...hit: string[]): View {
  return hit.reduce<View>((view, key) => {
    const next = press(view, named[key] ?? { sequence: key, name: key }, shown);
    if (typeof next === "string") throw new Error(`${key}: ${next}`);
    return next;
  }, firstView());
}
const press1 = (key: string, view = firstView()) => press(view, named[key] ?? { sequence: key, name: key }, shown);

describe("a key", () => {
  it("ends it: q or Ctrl-C, Ctrl-C while a filter is typed too", () => {
    expect(press1("q")).toBe("end");
    expect(press1("^C")).toBe("end");
    expect(press1("^C", having("/"))).toBe("end");
    expect(press1("q", having("h"))).toBe("end");
    expect(having("/", "q").filter).toBe("q");
  });

  it("gives the terminal to the shell: Ctrl-Z", () => {
    expect(press1("^Z")).toBe("stop");
    expect(press1("^Z", having("/"))).toBe("stop");
  });

  it("moves: by a row, by a page, to both ends and not beyond", () => {
    expect(having("down").selected).toBe("p/b");
    expect(having("j", "j", "k").selected).toBe("p/b");
    expect(having("pagedown", "pagedown").selected).toBe("p/e");
    expect(having("end", "down").selected).toBe("p/e");
    expect(having("end", "pageup").selected).toBe("p/c");
    expect(having("end", "home", "up").selected).toBe("");
  });

  it("sorts by the next column or the one before, round and round, and reverses", () => {
    expect(having("s").sort).toBe("time");
    expect([having(">").sort, having("right").sort]).toEqual(["time", "time"]);
    expect([having("<").sort, having("left").sort]).toEqual(["core", "core"]);
    expect(having("<", "<", "<").sort).toBe("flow");
    expect(having("r").reversed).toBe(true);
    expect(having("r", "s").reversed).toBe(false);
  });

  it("filters as it is typed; Enter keeps the text, Esc clears it, then and later", () => {
    expect(having("/", "x", "2", "é")).toMatchObject({ typing: true, filter: "x2é" });
    expect(having("/", "x", "y", "backspace", "return")).toMatchObject({ typing: false, filter: "x" });
    expect(having("/", "x", "escape")).toMatchObject({ typing: false, filter: "" });
    expect(having("/", "x", "return", "escape").filter).toBe("");
    expect(having("/", "x", "y", "^U").filter).toBe("");
    expect(having("/", "🎬", "backspace").filter).toBe("");
  });

  it("is no part of a filter where it is no text", () => {
    expect(having("/", "up", "left", "\u0007").filter).toBe("");
  });

  it("expands the selected row, which stays selected, and closes it again", () => {
    expect(having("return")).toMatchObject({ selected: "p/a", expanded: "p/a" });
    expect(having("down", "return")).toMatchObject({ selected: "p/b", expanded: "p/b" });
    expect(having("return", "return").expanded).toBe("");
    expect(having("return", "down", "return").expanded).toBe("p/b");
    expect(having("return", "escape").expanded).toBe("");
  });

  it("pauses, goes on, and changes the time that is looked at", () => {
    expect([having(" ").paused, having(" ", " ").paused]).toEqual([true, false]);
    expect([having("p").range, having("p", "p", "p", "p").range]).toEqual([1, 0]);
  });

  it("shows help, and any one leaves it", () => {
    expect([having("h").help, having("?").help, having("h", "x").help]).toEqual([true, true, false]);
  });

  it("that means nothing changes nothing", () => {
    for (const key of ["x", "Z", "\u0000"]) expect(having(key)).toEqual(firstView());
    expect(press(firstView(), {}, shown)).toEqual(firstView());
  });

  it("works where there are no rows", () => {
    for (const key of ["down", "pageup", "end", "return", "escape"])
      expect(press(firstView(), named[key] ?? {}, { ...shown, paths: [] })).toMatchObject({
        selected: "",
        expanded: "",
      });
  });

  it("is in the help", () => {
    const said = keys.map(([key]) => key).join(" ");
    for (const key of ["q", "Ctrl-C", "Enter", "s", "<", ">", "r", "/", "p", "Space", "h", "?"])
      expect(said).toContain(key);
  });
});

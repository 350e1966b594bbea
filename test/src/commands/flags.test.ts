// Are a verb's flags those of the table, and does its reader say what was typed?
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addFlags } from "../../../src/commands/flags.js";
import { optionTable } from "../../../src/config/options.js";

function typed(verb: Parameters<typeof addFlags>[1], ...words: string[]) {
  const command = new Command(verb).argument("[words...]").exitOverride();
  const read = addFlags(command, verb);
  command.parse(words, { from: "user" });
  return { ...read(), words: command.args, help: command.helpInformation() };
}

describe("flags", () => {
  it("are those that the table gives the verb, with their variables", () => {
    const { help } = typed("agent");
    for (const { name, commands } of optionTable)
      expect([name, new RegExp(`--${name}[ \\n]`).test(help)]).toEqual([
        name,
        (commands as readonly string[]).includes("agent"),
      ]);
    expect(help).toContain("GST_PYROSCOPE_UPLOAD_INTERVAL");
  });

  it("come as typed, and a switch alone is on", () => {
    const { flags, file } = typed("run", "--sample-rate", "7", "--self-profile", "--config", "a.json");
    expect([flags, file]).toEqual([{ "sample-rate": "7", "self-profile": "true" }, "a.json"]);
    expect(typed("run")).toMatchObject({ flags: {}, file: undefined });
  });

  it("that are on the command line alone take no word behind them, and name no variable", () => {
    const { flags, words, help } = typed("symbolize", "--debuginfod", "my-capture");
    expect([flags, words]).toEqual([{ debuginfod: "true" }, ["my-capture"]]);
    expect(help).not.toMatch(/GST_PYROSCOPE_DEBUGINFOD\b/);
  });
});

// Does a capture say what each of its counters means: the target's, the agent's, and all that can go wrong with an upload?
import { describe, expect, it } from "vitest";
import { lossHelp } from "../../../../src/agent/session/loss-help.js";
import { errorTable } from "../../../../src/errors.js";
import { agentCounters } from "../../../../src/model/counter-kinds.js";
import { targetCounters } from "../../../../src/model/counters.js";

const help = lossHelp();
const uploads = Object.keys(errorTable).filter((code) => code.startsWith("ERR_UPLOAD_"));

describe("the texts of a capture's counters", () => {
  it("are one for each counter of both tables, three for each failed upload, and no more", () => {
    expect(uploads.length).toBeGreaterThan(8);
    const names = [...targetCounters, ...agentCounters].map(({ name }) => name);
    expect(Object.keys(help)).toHaveLength(names.length + 3 * uploads.length);
    expect(Object.keys(help)).toEqual(expect.arrayContaining(names));
  });

  it("are those of the tables", () => {
    expect(help.window_refused).toBe("samples with stacks beyond what one profile may hold");
    for (const { name, help: text } of targetCounters) expect(help[name]).toBe(text);
  });

  it("tell samples from spans that reached no server, by the same reason", () => {
    expect(help.upload_overflow).toBe("samples that reached no server: the upload queue was full");
    expect(help.span_upload_overflow).toBe("spans that reached no server: the upload queue was full");
  });

  it("are plain lines that say something, none of them twice", () => {
    for (const text of Object.values(help)) expect(text).toMatch(/^[^\n\r]{10,}$/);
    expect(new Set(Object.values(help)).size).toBe(Object.keys(help).length);
  });
});

// Does a finished capture learn what servers did not take afterwards, and nothing else?
import { expect, test } from "vitest";
import { readCapture } from "../../../src/capture/reader.js";
import { CaptureWriter } from "../../../src/capture/writer.js";
import { sampleAgent, sampleCapture, sampleFacts } from "../../helpers/sample-capture.js";
import { encoders } from "../../helpers/sample-elements.js";
import { scratch } from "../../helpers/scratch.js";

const sample = sampleCapture("pipeline0", encoders);

test("a loss after the end is added to a capture that stays complete and as long as it was", async () => {
  const writer = await CaptureWriter.create(scratch(), sampleFacts());
  const agent = sampleAgent(10);
  await writer.finish({ ...sample, agent });
  const before = await readCapture(writer.dir);
  expect(await writer.amend({ losses: { ...agent.losses, upload_ended: 17 } })).toBe(true);
  const after = await readCapture(writer.dir);
  expect(after).toMatchObject({ complete: true, problems: [] });
  expect(after.facts).toEqual({ ...before.facts, losses: { ...before.facts.losses, upload_ended: 17 } });
});

test("a capture that is not finished is not amended", async () => {
  const writer = await CaptureWriter.create(scratch(), sampleFacts());
  expect(await writer.amend({ losses: { upload_ended: 17 } })).toBe(false);
  expect((await readCapture(writer.dir)).facts.losses).toEqual({});
});

// Does a pipeline that is full of credentials leave none of them in what is kept?
// SPDX-License-Identifier: MPL-2.0

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { profiled, scratch } from "../helpers/pipelines.js";

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.dispose());

function everythingBelow(dir: string): string {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).map((name) => join(dir, name));
  const texts = files
    .filter((path) => statSync(path).isFile())
    .map((path) => (path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString("latin1"));
  return texts.join("\n");
}

it("names that are URLs and arguments of every kind are kept without what they give away", async () => {
  const pipeline = [
    "fakesrc num-buffers=300 name=rtsp://admin:1SEC#RETone@cam/x ! cpuburn name=turns:u:SECRETtwo@h ns=1000000 !",
    "queue name=q@2 ! cpuburn name=http://h/x?token=SECRETthree ns=1000000 ! fakesink name=shown",
  ].join(" ");
  const dir = `${place.dir}/c`;
  const { summary } = await profiled(pipeline, dir, ["--sample-rate", "250"]);
  const kept = everythingBelow(dir);
  for (const secret of ["RETone", "SECRETtwo", "SECRETthree"]) expect(kept).not.toContain(secret);
  const names = JSON.stringify(summary.pipelines);
  for (const name of ["***@cam", "turns:***@h", "token=***", "q@2", "shown"]) expect(names).toContain(name);
});

// Do the metrics and the spans of a target carry its own name and facts, and a person's tags in the shape that servers take?
import { expect, it } from "vitest";
import { resourceOf } from "../../../../src/agent/session/resource.js";
import type { TargetParts } from "../../../../src/agent/session/target-request.js";
import { resolveConfig } from "../../../../src/config/config.js";
import { Topology } from "../../../../src/model/topology.js";
import { stateOf } from "../../../helpers/cells.js";

function attributesOf(flags: Record<string, string>, facts: Record<string, string> = {}, state = stateOf()) {
  const { config } = resolveConfig({ flags, environment: {} });
  const topology = new Topology();
  for (const [name, value] of Object.entries(facts)) topology.facts.set(name, value);
  const parts = { config, topology, first: { state }, request: { version: "1.2.3" } };
  return resourceOf(parts as unknown as TargetParts).attributes;
}

it("is the target's: the process that was first seen, with the name that its tracer has", () => {
  const facts = { hostname: "studio", executable: "/usr/bin/gst-launch-1.0" };
  expect(attributesOf({ "tracer-name": "encoder" }, facts, stateOf({ pid: 4711 }))).toMatchObject({
    "service.name": "encoder",
    "process.pid": 4711,
    "process.executable.name": "gst-launch-1.0",
    "host.name": "studio",
    "telemetry.distro.name": "gst-pyroscope",
    "telemetry.distro.version": "1.2.3",
  });
});

it("has each tag as its server's labels have it, and none takes the service's name away", () => {
  const attributes = attributesOf({ "tracer-name": "encoder", tags: "env=dev,my.site=lab,service.name=other" });
  expect(attributes).toMatchObject({ env: "dev", my_site: "lab", "service.name": "encoder" });
  expect(attributes).not.toHaveProperty(["my.site"]);
});

it("is the same each time for one process, and another one for the next of that number", () => {
  const id = (startTicks: number) => attributesOf({}, {}, stateOf({ startTicks }))["service.instance.id"];
  expect(id(1)).toBe(id(1));
  expect(id(1)).not.toBe(id(2));
});

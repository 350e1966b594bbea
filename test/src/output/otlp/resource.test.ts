// Is the resource the target's own, the same for each agent that reads it, and under the names that dashboards ask for?
import { describe, expect, it } from "vitest";
import {
  resourceAttributes,
  type TargetFacts,
  targetFacts,
  targetResource,
} from "../../../../src/output/otlp/resource.js";

const facts: TargetFacts = {
  pid: 4711,
  startTicks: 99,
  createdUnixNs: 1_790_000_000_000_000_001n,
  host: "box",
  executable: "/usr/bin/gst-launch-1.0",
  resourceAttributes: "",
  deployment: "",
};
const of = (change: Partial<TargetFacts> = {}, tags: [string, string][] = []) =>
  targetResource({ facts: { ...facts, ...change }, serviceName: "svc", tags, version: "1.2.3" }).attributes;

describe("the resource", () => {
  it("names the target, its program by file and path, and this tool", () => {
    expect(of()).toMatchObject({
      "service.name": "svc",
      "process.pid": 4711,
      "process.executable.name": "gst-launch-1.0",
      "process.executable.path": "/usr/bin/gst-launch-1.0",
      "host.name": "box",
      "telemetry.distro.name": "gst-pyroscope",
      "telemetry.distro.version": "1.2.3",
    });
    expect(of({ executable: "odd" })["process.executable.name"]).toBe("odd");
  });

  it("is what the target says before what we see, what a person set before both, and the service's name is ours", () => {
    const told = "host.name=theirs,zone=a,service.name=not-this,telemetry.distro.name=not-that";
    const said = of({ resourceAttributes: told }, [["zone", "b"]]);
    expect(said).toMatchObject({ "host.name": "theirs", zone: "b", "service.name": "svc" });
    expect(said["telemetry.distro.name"]).toBe("gst-pyroscope");
  });

  it("has the deployment under its old and its new name, whatever source names it", () => {
    const names = (change: Partial<TargetFacts>) => {
      const said = of(change);
      return [said["deployment.environment.name"], said["deployment.environment"]];
    };
    expect(names({})).toEqual([undefined, undefined]);
    expect(names({ deployment: "prod" })).toEqual(["prod", "prod"]);
    expect(names({ deployment: "prod", resourceAttributes: "deployment.environment=lab" })).toEqual(["lab", "lab"]);
    expect(names({ resourceAttributes: "deployment.environment.name=lab" })).toEqual(["lab", "lab"]);
    const both = "deployment.environment=old,deployment.environment.name=new";
    expect(names({ resourceAttributes: both })).toEqual(["new", "old"]);
  });
});

describe("the instance", () => {
  const id = (change: Partial<TargetFacts> = {}) => String(of(change)["service.instance.id"]);

  it("is a UUID of version 5, equal for equal processes", () => {
    expect(id()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id({ executable: "/after/exec", deployment: "x" })).toBe(id());
  });

  it("is another one for another host, pid, start or segment", () => {
    const others = [id(), id({ host: "b" }), id({ pid: 1 }), id({ startTicks: 1 }), id({ createdUnixNs: 1n })];
    expect(new Set(others).size).toBe(5);
  });

  it("has version and variant alone fixed: all other digits differ among a hundred processes", () => {
    const ids = Array.from({ length: 100 }, (_, pid) => id({ pid }));
    const kinds = [...id()].map((_, at) => new Set(ids.map((text) => text[at])).size);
    const fixed = [...id()].flatMap((sign, at) => (kinds[at] === 1 ? [sign] : []));
    expect(fixed).toEqual(["-", "-", "5", "-", "-"]);
    expect(new Set(ids.map((text) => text[19]))).toEqual(new Set("89ab"));
  });
});

it("pairs are percent-decoded; what makes no sense is left out, and nothing else with it", () => {
  expect(resourceAttributes("")).toEqual([]);
  expect(resourceAttributes("a=b%3Dc,bad,=x,q w=1,c=%zz,d=")).toEqual([
    ["a", "b=c"],
    ["d", ""],
  ]);
});

it("what a target does not say is empty", () => {
  const state = { pid: 1, startTicks: 2, createdUnixNs: 3n };
  const said = targetFacts(
    state,
    new Map([
      ["hostname", "h"],
      ["RUST_ENV", "prod"],
      ["other", "x"],
    ]),
  );
  expect(said).toEqual({ ...state, host: "h", executable: "", resourceAttributes: "", deployment: "prod" });
});

// Whose metrics are these? The target's: its own names and facts, not those of the agent that sends them.
// SPDX-License-Identifier: MPL-2.0

import { createHash } from "node:crypto";
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { attempt } from "../../model/attempt.js";
import type { Label } from "../../model/labels.js";

export interface TargetFacts {
  pid: number;
  /** With the pid it names a process for ever, on one host. */
  startTicks: number;
  createdUnixNs: bigint;
  host: string;
  /** Path. */
  executable: string;
  /** OTEL_RESOURCE_ATTRIBUTES of the target, or "". */
  resourceAttributes: string;
  /** RUST_ENV of the target, the deployment's name in older services; or "". */
  deployment: string;
}

export interface ResourceOptions {
  facts: TargetFacts;
  serviceName: string;
  tags: Iterable<Label>;
  /** Of this program. */
  version: string;
}

export function targetResource({ facts, serviceName, tags, version }: ResourceOptions): Resource {
  const told = withDeployment(Object.fromEntries(resourceAttributes(facts.resourceAttributes)), facts.deployment);
  return defaultResource().merge(
    resourceFromAttributes({
      "service.instance.id": instanceId(facts),
      "process.pid": facts.pid,
      "process.executable.name": facts.executable.slice(facts.executable.lastIndexOf("/") + 1),
      "process.executable.path": facts.executable,
      "host.name": facts.host,
      ...told,
      ...Object.fromEntries(tags),
      "service.name": serviceName,
      "telemetry.distro.name": "gst-pyroscope",
      "telemetry.distro.version": version,
    }),
  );
}

const DEPLOYMENT = "deployment.environment.name";
const OLD_DEPLOYMENT = "deployment.environment";

/** Under both names: dashboards ask for the older one still. */
function withDeployment(told: Record<string, string>, other: string): Record<string, string> {
  const name = told[DEPLOYMENT] ?? told[OLD_DEPLOYMENT] ?? other;
  return name === "" ? told : { [DEPLOYMENT]: name, [OLD_DEPLOYMENT]: name, ...told };
}

/** The facts of a target that its resource is made of. */
export function targetFacts(
  state: Pick<TargetFacts, "pid" | "startTicks" | "createdUnixNs">,
  facts: ReadonlyMap<string, string>,
): TargetFacts {
  const fact = (name: string): string => facts.get(name) ?? "";
  return {
    pid: state.pid,
    startTicks: state.startTicks,
    createdUnixNs: state.createdUnixNs,
    host: fact("hostname"),
    executable: fact("executable"),
    resourceAttributes: fact("OTEL_RESOURCE_ATTRIBUTES"),
    deployment: fact("RUST_ENV"),
  };
}

/** As the specification has it: `k1=v1,k2=v2`, values percent-encoded. A pair that makes no sense is left out. */
export function resourceAttributes(text: string): [string, string][] {
  return text.split(",").flatMap((pair): [string, string][] => {
    const [name = "", ...rest] = pair.split("=");
    const [key, value] = [name.trim(), rest.join("=").trim()];
    if (rest.length === 0 || key === "" || /\s/.test(key)) return [];
    return attempt(() => [[decodeURIComponent(key), decodeURIComponent(value)]], []);
  });
}

/** The same for every agent that ever reads this process, another one for every other process: a UUID of version 5. */
function instanceId({ host, pid, startTicks, createdUnixNs }: TargetFacts): string {
  const hash = createHash("sha1").update(`gst-pyroscope ${host} ${pid} ${startTicks} ${createdUnixNs}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

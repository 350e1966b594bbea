// How does an export of metrics become bytes? As the official serializer writes it; what it wrote of a point that did not change
// is used again, with the new time. In a pipeline that rests nearly all points are such.
// SPDX-License-Identifier: MPL-2.0

import type { HrTime } from "@opentelemetry/api";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { type ProtoPlace, protoPlaces } from "../../encoding/proto-reader.js";
import { ProtoWriter } from "../../encoding/proto-writer.js";
import { type Written, writtenAgain, writtenFrom } from "./written-metric.js";

/** The same object for points of one metric that differ in nothing but their end; undefined: nothing is known of this point. */
export type CoreOf = (point: object) => object | undefined;

/** opentelemetry-proto: the fields of a request, of its resource metrics, and of their scopes. */
const RESOURCE_METRICS = 1;
const SCOPE_METRICS = 2;
const METRIC = 2;

type Core = object | undefined;

/** A metric of the last export; `written` where it had points of the export before. */
interface Last {
  cores: readonly Core[];
  written?: Written;
}

/** A metric of the export that is packed now. */
interface Plan {
  metric: MetricData;
  cores: readonly Core[];
  last: Last | undefined;
  /** Some points are known from the last export: they will be at the next one. */
  known: boolean;
  /** All are as they were: nothing must be written. */
  whole: boolean;
  /** Else by point where it is in `last.written`; -1: it must be written. */
  kept: readonly number[];
}

export class MetricsPacker {
  readonly #coreOf: CoreOf;
  /** By name. */
  readonly #last = new Map<string, Last>();

  constructor(coreOf: CoreOf) {
    this.#coreOf = coreOf;
  }

  pack(request: ResourceMetrics): Uint8Array {
    const scopes = request.scopeMetrics.map(({ metrics }) => metrics.map((metric) => this.#plan(metric)));
    const known = scopes.some((plans) => plans.some((plan) => plan.known));
    const scopeMetrics = request.scopeMetrics.map(({ scope }, i) => ({
      scope,
      metrics: (scopes[i] ?? []).flatMap(rest),
    }));
    const fresh = ProtobufMetricsSerializer.serializeRequest(known ? { ...request, scopeMetrics } : request);
    if (fresh === undefined) throw new Error("the serializer wrote nothing");
    if (known) return this.#assembled(fresh, scopes);
    for (const { metric, cores } of scopes.flat()) this.#last.set(metric.descriptor.name, { cores });
    return fresh;
  }

  #plan(metric: MetricData): Plan {
    const cores = metric.dataPoints.map((point) => this.#coreOf(point));
    const last = this.#last.get(metric.descriptor.name);
    const whole = last?.written !== undefined && isSame(cores, last.cores);
    if (whole) return { metric, cores, last, whole, known: true, kept: [] };
    const places = new Map(last?.cores.map((core, i) => [core, i]));
    const kept = cores.map((core) => (core === undefined ? -1 : (places.get(core) ?? -1)));
    const known = kept.some((place) => place >= 0);
    return { metric, cores, last, whole, known, kept: last?.written === undefined ? kept.fill(-1) : kept };
  }

  #assembled(fresh: Uint8Array, scopes: readonly (readonly Plan[])[]): Uint8Array {
    const request = new ProtoWriter();
    for (const outer of protoPlaces(fresh, { at: 0, end: fresh.length })) {
      const resource = new ProtoWriter();
      let scope = 0;
      for (const field of protoPlaces(fresh, outer)) {
        if (field.number !== SCOPE_METRICS) resource.append(fresh.subarray(field.start, field.end));
        else resource.message(SCOPE_METRICS, this.#scope(fresh, field, scopes[scope++] ?? []));
      }
      request.message(RESOURCE_METRICS, resource.view());
    }
    return request.view();
  }

  #scope(fresh: Uint8Array, scope: ProtoPlace, plans: readonly Plan[]): Uint8Array {
    const fields = protoPlaces(fresh, scope);
    const metrics = fields.filter(({ number }) => number === METRIC).values();
    const out = new ProtoWriter();
    for (const { number, start, end } of fields) if (number < METRIC) out.append(fresh.subarray(start, end));
    for (const plan of plans) out.append(this.#metric(fresh, plan, plan.whole ? undefined : metrics.next().value));
    for (const { number, start, end } of fields) if (number > METRIC) out.append(fresh.subarray(start, end));
    return out.view();
  }

  /** With its tag. `place`: what was written of it now. */
  #metric(fresh: Uint8Array, { metric, cores, last, known, kept }: Plan, place: ProtoPlace | undefined): Uint8Array {
    const { name } = metric.descriptor;
    const ends: HrTime[] = metric.dataPoints.map(({ endTime }) => endTime);
    if (place === undefined) {
      if (last?.written === undefined) throw new Error(`nothing was written of ${name}`);
      return writtenAgain(last.written, ends);
    }
    if (!known) {
      this.#last.set(name, { cores });
      return fresh.subarray(place.start, place.end);
    }
    const written = writtenFrom(fresh, place, kept, last?.written);
    this.#last.set(name, { cores, written });
    return writtenAgain(written, ends);
  }
}

const isSame = (cores: readonly Core[], before: readonly Core[]): boolean =>
  cores.length === before.length && cores.every((core, i) => core !== undefined && core === before[i]);

/** What must be written of it. */
function rest({ metric, kept, whole }: Plan): MetricData[] {
  if (whole) return [];
  const dataPoints = (metric.dataPoints as MetricData["dataPoints"][number][]).filter((_, i) => (kept[i] ?? -1) < 0);
  return [{ ...metric, dataPoints } as MetricData];
}

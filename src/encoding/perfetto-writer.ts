// How do tracks and their events become a Perfetto trace? Packet by packet; what repeats (names, frames, stacks) is written once and has a number.
// SPDX-License-Identifier: MPL-2.0

import {
  clockIds,
  type EventType,
  EXPLICIT_ORDER,
  eventTypes,
  perfettoFields as fields,
  SEQUENCE_CLEARED,
  SEQUENCE_NEEDED,
} from "./perfetto-fields.js";
import { InternedNames } from "./perfetto-names.js";
import { ProtoWriter } from "./proto-writer.js";

export interface Track {
  uuid: number;
  parent?: number;
  name?: string;
  /** The viewer shows it as help. */
  description?: string;
  process?: { pid: number; name: string; command: string };
  thread?: { pid: number; tid: number; name: string };
  /** A counter, and the unit of its values. */
  unit?: string;
  /** Among its siblings; its parent orders by it. */
  rank?: number;
}

export interface TrackEvent {
  type: EventType;
  track: number;
  atNs: number;
  name?: string;
  category?: string;
  /** Of a counter. */
  value?: number;
  /** Outermost first, by the numbers of frame(). */
  callstack?: readonly number[];
  /** What the stack stands for, in the unit of its track. */
  weight?: number;
  notes?: Readonly<Record<string, string | number | boolean>>;
  flows?: readonly bigint[];
  endsFlows?: readonly bigint[];
}

/** All packets are of one producer. */
const SEQUENCE = 1;

export class PerfettoWriter {
  readonly #out = new ProtoWriter();
  readonly #packet = new ProtoWriter();
  readonly #message = new ProtoWriter();
  readonly #inner = new ProtoWriter();
  readonly names = new InternedNames();
  #cleared = true;

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#out.length;
  }

  /** A copy of what was written since the last time. */
  take(): Uint8Array {
    const bytes = Uint8Array.from(this.#out.view());
    this.#out.clear();
    return bytes;
  }

  /** `unixNs`: the wall clock's time where the trace's own clock is 0. */
  clock(unixNs: bigint): void {
    const at = { [clockIds.BOOTTIME]: 0n, [clockIds.REALTIME]: unixNs };
    this.#message.clear();
    for (const [id, ns] of Object.entries(at)) {
      this.#inner.clear();
      this.#inner.number(fields.Clock.clock_id, Number(id));
      this.#inner.varint(fields.Clock.timestamp << 3);
      this.#inner.longVarint(ns);
      this.#message.message(fields.ClockSnapshot.clocks, this.#inner.view());
    }
    this.#begin(0);
    this.#end(fields.TracePacket.clock_snapshot);
  }

  track({ uuid, parent = 0, name, description, process, thread, unit, rank }: Track): void {
    const [m, f] = [this.#message, fields.TrackDescriptor];
    m.clear();
    m.number(f.uuid, uuid);
    m.number(f.parent_uuid, parent);
    if (name !== undefined) m.text(f.name, name);
    if (description !== undefined) m.text(f.description, description);
    if (process !== undefined) {
      m.number(f.child_ordering, EXPLICIT_ORDER);
      this.#nested(f.process, (w) => {
        w.number(fields.ProcessDescriptor.pid, process.pid);
        w.text(fields.ProcessDescriptor.cmdline, process.command);
        w.text(fields.ProcessDescriptor.process_name, process.name);
      });
    }
    if (thread !== undefined)
      this.#nested(f.thread, (w) => {
        w.number(fields.ThreadDescriptor.pid, thread.pid);
        w.number(fields.ThreadDescriptor.tid, thread.tid);
        w.text(fields.ThreadDescriptor.thread_name, thread.name);
      });
    if (unit !== undefined) this.#nested(f.counter, (w) => w.text(fields.CounterDescriptor.unit_name, unit));
    if (rank !== undefined) m.number(f.sibling_order_rank, rank);
    this.#begin();
    this.#end(fields.TracePacket.track_descriptor);
  }

  event(event: TrackEvent): void {
    const [m, f] = [this.#message, fields.TrackEvent];
    m.clear();
    m.number(f.type, eventTypes[event.type]);
    m.number(f.track_uuid, event.track);
    if (event.name !== undefined) m.number(f.name_iid, this.names.event(event.name));
    if (event.category !== undefined) m.text(f.categories, event.category);
    if (event.value !== undefined) m.double(f.double_counter_value, event.value);
    if (event.callstack !== undefined) m.number(f.callstack_iid, this.names.callstack(event.callstack));
    if (event.weight !== undefined) m.double(f.callstack_weight, event.weight);
    for (const id of event.flows ?? []) m.fixed64(f.flow_ids, id);
    for (const id of event.endsFlows ?? []) m.fixed64(f.terminating_flow_ids, id);
    for (const [name, value] of Object.entries(event.notes ?? {})) this.#note(name, value);
    this.#begin(event.atNs);
    this.#end(fields.TracePacket.track_event);
    if (!this.names.full) return;
    this.names.clear();
    this.#cleared = true;
  }

  #note(name: string, value: string | number | boolean): void {
    const f = fields.DebugAnnotation;
    this.#nested(fields.TrackEvent.debug_annotations, (w) => {
      w.text(f.name, name);
      if (typeof value === "string") w.text(f.string_value, value);
      else if (typeof value === "boolean") w.explicit(f.bool_value, value ? 1 : 0);
      else w.explicit(f.uint_value, Math.max(0, Math.round(value)));
    });
  }

  #nested(field: number, write: (w: ProtoWriter) => void): void {
    this.#inner.clear();
    write(this.#inner);
    this.#message.message(field, this.#inner.view());
  }

  #begin(atNs?: number): void {
    const [p, f] = [this.#packet, fields.TracePacket];
    p.clear();
    if (atNs !== undefined) p.explicit(f.timestamp, Math.max(0, Math.round(atNs)));
    p.number(f.trusted_packet_sequence_id, SEQUENCE);
    p.number(f.sequence_flags, SEQUENCE_NEEDED | (this.#cleared ? SEQUENCE_CLEARED : 0));
    this.#cleared = false;
    const fresh = this.names.take();
    if (fresh.length > 0) p.message(f.interned_data, fresh);
  }

  #end(field: number): void {
    this.#packet.message(field, this.#message.view());
    this.#out.message(fields.Trace.packet, this.#packet.view());
  }
}

// Which numbers do the fields have that we write of a Perfetto trace? TABLE: from the schema that is published at perfetto.dev, version 0.59.1.
// SPDX-License-Identifier: MPL-2.0

/** By message, as protos/perfetto/trace/perfetto_trace.proto calls messages and fields. */
export const perfettoFields = {
  Trace: { packet: 1 },
  TracePacket: {
    clock_snapshot: 6,
    timestamp: 8,
    trusted_packet_sequence_id: 10,
    track_event: 11,
    interned_data: 12,
    sequence_flags: 13,
    track_descriptor: 60,
  },
  ClockSnapshot: { clocks: 1 },
  Clock: { clock_id: 1, timestamp: 2 },
  TrackDescriptor: {
    uuid: 1,
    name: 2,
    process: 3,
    thread: 4,
    parent_uuid: 5,
    counter: 8,
    child_ordering: 11,
    sibling_order_rank: 12,
    description: 14,
  },
  ProcessDescriptor: { pid: 1, cmdline: 2, process_name: 6 },
  ThreadDescriptor: { pid: 1, tid: 2, thread_name: 5 },
  CounterDescriptor: { unit_name: 6 },
  TrackEvent: {
    debug_annotations: 4,
    type: 9,
    name_iid: 10,
    track_uuid: 11,
    categories: 22,
    double_counter_value: 44,
    flow_ids: 47,
    terminating_flow_ids: 48,
    callstack_iid: 56,
    callstack_weight: 57,
  },
  DebugAnnotation: { bool_value: 2, uint_value: 3, string_value: 6, name: 10 },
  InternedData: { event_names: 2, function_names: 5, frames: 6, callstacks: 7, mapping_paths: 17, mappings: 19 },
  EventName: { iid: 1, name: 2 },
  InternedString: { iid: 1, str: 2 },
  Frame: { iid: 1, function_name_id: 2, mapping_id: 3 },
  Mapping: { iid: 1, path_string_ids: 7 },
  Callstack: { iid: 1, frame_ids: 2 },
} as const;

/** TrackEvent.Type. */
export const eventTypes = { begin: 1, end: 2, instant: 3, counter: 4 } as const;
export type EventType = keyof typeof eventTypes;

/** TracePacket.SequenceFlags. */
export const SEQUENCE_CLEARED = 1;
export const SEQUENCE_NEEDED = 2;

/** ClockSnapshot.Clock.BuiltinClocks; a trace's own clock is BOOTTIME unless it says otherwise. */
export const clockIds = { REALTIME: 1, BOOTTIME: 6 } as const;

/** TrackDescriptor.ChildTracksOrdering. */
export const EXPLICIT_ORDER = 3;

// What does each family say, of which number?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/families.h"

namespace pyro::exposition {
namespace {

template <typename Of>
struct Family {
  const char *name, *type, *unit, *help;
  void (*write)(Text &text, const Of &of);
};

const Family<Series> kPadFamilies[] = {
    {"gst_element_exclusive_seconds", "histogram", "seconds",
     "Time an element itself spent on a buffer, without what it called downstream.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.exclusive); }},
    {"gst_element_inclusive_seconds", "histogram", "seconds",
     "Time an element held a buffer, with all that it called downstream.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.inclusive); }},
    {"gst_pad_buffers_total", "counter", "",
     "Buffers received by a sink pad, or delivered by a source pad that is pulled.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.buffers); }},
    {"gst_pad_bytes_total", "counter", "bytes", "Bytes of these buffers.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.bytes); }},
    {"gst_pad_calls_total", "counter", "", "Calls of the pad's function; a list of buffers is one.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.calls); }},
    {"gst_pad_nested_total", "counter", "", "Calls of a pad's function from inside itself; they add time and no call.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.nested); }},
    {"gst_pad_flow_total", "counter", "", "What the pad's function returned, by flow return.",
     [](Text &text, const Series &s) {
       for (size_t i = 0; i < s.flow.size(); i++)
         text.sample(s.labels + ",flow=\"" + wire::kFlowNames[i] + "\"", s.flow[i]);
     }},
};

const Family<Series> kEndedFamilies[] = {
    {"gst_ended_buffers_total", "counter", "",
     "Buffers of pads that are gone and have no series of their own any more.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.buffers); }},
    {"gst_ended_bytes_total", "counter", "bytes", "Bytes of these buffers.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.bytes); }},
    {"gst_ended_calls_total", "counter", "", "Calls of the functions of these pads.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.calls); }},
    {"gst_ended_exclusive_seconds", "histogram", "seconds", "Time that elements themselves spent in these calls.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.exclusive); }},
};

const Family<Series> kDriverFamilies[] = {
    {"gst_element_driver_seconds", "histogram", "seconds",
     "Time an element spent between two calls of a thread that it drives: a source makes a buffer, a queue waits for "
     "one.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.exclusive); }},
};

const Family<Series> kQueueFamilies[] = {
    {"gst_queue_wait_seconds", "histogram", "seconds", "Time a buffer stayed in a queue.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.inclusive); }},
    {"gst_queue_dropped_buffers_total", "counter", "",
     "Buffers that went into a queue and never came out, flushed ones not counted.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.dropped); }},
    {"gst_queue_flushed_buffers_total", "counter", "", "Buffers that were in a queue, or on their way in, at a flush.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.flushed); }},
    {"gst_queue_level_buffers", "gauge", "", "Buffers in a queue when the latest one was taken.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.level); }},
};

const Family<Series> kLatencyOfPipelines[] = {
    {"gst_pipeline_latency_seconds", "histogram", "seconds",
     "Time from a source's push to a sink's function, of buffers found again by their running time.",
     [](Text &text, const Series &s) {
       if (s.is_believed()) text.histogram(s.labels, s.inclusive);
     }},
    {"gst_pipeline_latency_unmatched_buffers_total", "counter", "",
     "Buffers at a sink that no time of the source's leads to.",
     [](Text &text, const Series &s) { text.sample(s.labels, s.calls - s.buffers); }},
};

const Family<Series> kTransitFamilies[] = {
    {"gst_element_transit_seconds", "histogram", "seconds",
     "Time from a buffer's arrival in an element to the element's push; measured when flags asks for element.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.inclusive); }},
};

const Family<Series> kReportedFamilies[] = {
    {"gst_element_reported_latency_seconds", "gauge", "seconds",
     "What an element says that it adds to the latency: min, and max where there is one.",
     [](Text &text, const Series &s) {
       text.sample(s.labels + ",bound=\"min\"", seconds(s.level));
       if (s.highest_level != ~uint64_t{0}) text.sample(s.labels + ",bound=\"max\"", seconds(s.highest_level));
     }},
};

const Family<Series> kEventFamilies[] = {
    {"gst_element_event_seconds", "histogram", "seconds",
     "Time in an element's event functions, where they took a tenth of a millisecond in all.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.exclusive); }},
};

const Family<Series> kQueryFamilies[] = {
    {"gst_element_query_seconds", "histogram", "seconds",
     "Time in an element's query functions, where they took a tenth of a millisecond in all.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.exclusive); }},
};

const Family<Series> kLinkFamilies[] = {
    {"gst_element_link_seconds", "histogram", "seconds",
     "Time between an element's push and the next element's function: probes, the stream lock; with timing=hooks.",
     [](Text &text, const Series &s) { text.histogram(s.labels, s.exclusive); }},
};

std::string label(const char *name, const std::string &value) {
  std::string text;
  append_label(text, name, value);
  return text;
}

void write_samples(Text &text, const wire::StateCopy &state) {
  text.sample(label("outcome", "written"), state.counters[wire::kSamplesWritten] + state.counters[wire::kWallWritten]);
  text.sample(label("outcome", "inferred"), state.counters[wire::kUnwindInferred]);
  text.sample(label("outcome", "deferred"), state.counters[wire::kSamplesDeferred]);
  text.sample(label("outcome", "settled"), state.samples_settled);
  text.sample(label("outcome", "agent_lost"), state.samples_agent_lost);
}

void write_counters(Text &text, const wire::StateCopy &state, wire::CounterKind kind, const char *name) {
  for (uint32_t i = 0; i < wire::kCounterCount; i++)
    if (wire::kCounterInfo[i].kind == kind) text.sample(label(name, wire::kCounterInfo[i].name), state.counters[i]);
}

void write_losses(Text &text, const wire::StateCopy &state) { write_counters(text, state, wire::kLoss, "reason"); }

void write_events(Text &text, const wire::StateCopy &state) {
  write_counters(text, state, wire::kInformation, "event");
}

void write_cpu(Text &text, const wire::StateCopy &state) {
  const uint64_t begin = state.process_cpu_begin_ns, now = state.process_cpu_ns;
  text.sample(label("scope", "process"), seconds(now > begin ? now - begin : 0));
  text.sample(label("scope", "registered"), seconds(state.registered_cpu_ns));
  text.sample(label("scope", "before"), seconds(begin));
  text.sample(label("scope", "tracer"), seconds(state.own_cpu_ns));
  text.sample(label("scope", "refused"), seconds(state.unarmed_cpu_ns));
  text.sample(label("scope", "masked"), seconds(state.masked_ns));
  text.sample(label("scope", "unseen"), seconds(state.unseen_ns));
}

void write_handler(Text &text, const wire::StateCopy &state) {
  Durations durations;
  durations.add(state.handler);
  text.histogram("", durations);
}

const Family<wire::StateCopy> kProfilerFamilies[] = {
    {"gst_pyroscope_samples_total", "counter", "",
     "Stack samples: written by the target, inferred in part, settled by an agent, lost with an agent that died.",
     write_samples},
    {"gst_pyroscope_losses_total", "counter", "", "What could not be measured, by reason.", write_losses},
    {"gst_pyroscope_events_total", "counter", "", "What happened inside the profiler and lost nothing, by event.",
     write_events},
    {"gst_pyroscope_handler_seconds", "histogram", "seconds",
     "Time spent in the profiler's signal handler for one sample.", write_handler},
    {"gst_pyroscope_target_cpu_seconds_total", "counter", "seconds",
     "CPU time since the first sample timer: of the process, and of the threads with a timer.", write_cpu},
    {"gst_pyroscope_timing_cost_seconds", "gauge", "seconds", "Calibrated cost of timing one call of a pad's function.",
     [](Text &text, const wire::StateCopy &state) { text.sample("", seconds(state.timing_cost_ps / 1000)); }},
};

template <size_t count>
void write_all(Text &text, const Family<Series> (&families)[count], const std::vector<Series> &series) {
  if (series.empty()) return;
  for (const Family<Series> &family : families) {
    text.family(family.name, family.type, family.unit, family.help);
    for (const Series &one : series) family.write(text, one);
  }
}

struct LatencyFamily {
  const char *suffix, *type, *help;
  uint64_t (*of)(const Series &series);
};

// As the registry of the original sorts them: by name.
const LatencyFamily kLatencyFamilies[] = {
    {"_count_count", "counter", "Count of latency measurements per element",
     [](const Series &s) { return s.exclusive.count(); }},
    {"_last_gauge", "gauge", "Last latency in nanoseconds per element", [](const Series &s) { return s.last_ns; }},
    {"_sum_count", "counter", "Sum of latencies in nanoseconds per element",
     [](const Series &s) { return s.exclusive.sum_ns; }},
};

}  // namespace

void write_pads(Text &text, const std::vector<Series> &series) { write_all(text, kPadFamilies, series); }

void write_beside(Text &text, uint32_t kind, const std::vector<Series> &series) {
  switch (kind) {
    case wire::kCellDriver:
      return write_all(text, kDriverFamilies, series);
    case wire::kCellQueue:
      return write_all(text, kQueueFamilies, series);
    case wire::kCellLatency:
      return write_all(text, kLatencyOfPipelines, series);
    case wire::kCellTransit:
      return write_all(text, kTransitFamilies, series);
    case wire::kCellReported:
      return write_all(text, kReportedFamilies, series);
    case wire::kCellEvent:
      return write_all(text, kEventFamilies, series);
    case wire::kCellQuery:
      return write_all(text, kQueryFamilies, series);
    case wire::kCellLink:
      return write_all(text, kLinkFamilies, series);
    default:
      return;  // states of elements: not for every scrape
  }
}

void write_ended(Text &text, const std::vector<wire::CellCopy> &ended) {
  SeriesList hops;
  for (const wire::CellCopy &cell : ended)
    if (cell.kind <= wire::kCellPull) hops.add("", cell);
  write_all(text, kEndedFamilies, hops.all());
}

void write_profiler(Text &text, const wire::StateCopy &state, const Topology &topology) {
  for (const Family<wire::StateCopy> &family : kProfilerFamilies) {
    text.family(family.name, family.type, family.unit, family.help);
    family.write(text, state);
  }
  text.family("gst_pyroscope_info", "gauge", "", "Versions of what is measured and of what measures; always 1.");
  std::string versions = label("version", topology.fact("tracer_version"));
  append_label(versions, "gstreamer", topology.fact("gstreamer"));
  text.sample(versions, 1);
}

void write_latency(Text &text, const std::vector<Series> &series, bool seed) {
  if (series.empty()) return;
  const std::string stem = seed ? "gstreamer_element_latency" : "gst_element_latency";
  for (const LatencyFamily &family : kLatencyFamilies) {
    text.family((stem + family.suffix).c_str(), family.type, "", family.help);
    for (const Series &one : series) text.sample(one.labels, family.of(one));
  }
}

}  // namespace pyro::exposition

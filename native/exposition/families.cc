// What does each family say, of which number?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/families.h"

#include "exposition/families.inc"

namespace pyro::exposition {
namespace {

struct FamilyText {
  const char *name, *type, *unit, *help;
};

#define X(id, name, type, unit, help) constexpr FamilyText id{name, type, unit, help};
PYRO_FAMILIES(X)
#undef X

template <typename Of>
struct Family {
  FamilyText says;
  void (*write)(Text &text, const Of &of);
};

void write_exclusive(Text &text, const Series &s) { text.histogram(s.labels, s.exclusive); }
void write_inclusive(Text &text, const Series &s) { text.histogram(s.labels, s.inclusive); }
template <uint64_t Series::*number>
void write_number(Text &text, const Series &s) {
  text.sample(s.labels, s.*number);
}

const Family<Series> kPadFamilies[] = {
    {kElementExclusive, write_exclusive},
    {kPadLatencyNs, write_inclusive},
    {kPadBuffers, write_number<&Series::buffers>},
    {kPadIo, write_number<&Series::bytes>},
    {kPadCalls, write_number<&Series::calls>},
    {kPadNested, write_number<&Series::nested>},
    {kPadFlow,
     [](Text &text, const Series &s) {
       for (size_t i = 0; i < s.flow.size(); i++)
         text.sample(s.labels + ",flow=\"" + wire::kFlowNames[i] + "\"", s.flow[i]);
     }},
};

const Family<Series> kEndedFamilies[] = {
    {kEndedBuffers, write_number<&Series::buffers>},
    {kEndedIo, write_number<&Series::bytes>},
    {kEndedCalls, write_number<&Series::calls>},
    {kEndedExclusive, write_exclusive},
};

// Of cells that belong to no hop. States of elements have none: they are not for every scrape.
struct BesideFamily {
  wire::CellKind kind;
  Family<Series> family;
};
const BesideFamily kBesideFamilies[] = {
    {wire::kCellDriver, {kElementDriver, write_exclusive}},
    {wire::kCellQueue, {kQueueWait, write_inclusive}},
    {wire::kCellQueue, {kQueueDropped, write_number<&Series::dropped>}},
    {wire::kCellQueue, {kQueueFlushed, write_number<&Series::flushed>}},
    {wire::kCellQueue, {kQueueLevel, write_number<&Series::level>}},
    {wire::kCellLatency,
     {kPipelineLatency,
      [](Text &text, const Series &s) {
        if (s.is_believed()) write_inclusive(text, s);
      }}},
    {wire::kCellLatency,
     {kPipelineLatencyUnmatched, [](Text &text, const Series &s) { text.sample(s.labels, s.calls - s.buffers); }}},
    {wire::kCellTransit, {kElementTransit, write_inclusive}},
    {wire::kCellReported,
     {kElementReported,
      [](Text &text, const Series &s) {
        text.sample(s.labels + ",bound=\"min\"", seconds(s.level));
        if (s.highest_level != ~uint64_t{0}) text.sample(s.labels + ",bound=\"max\"", seconds(s.highest_level));
      }}},
    {wire::kCellEvent, {kElementEvent, write_exclusive}},
    {wire::kCellQuery, {kElementQuery, write_exclusive}},
    {wire::kCellLink, {kElementLink, write_exclusive}},
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
  for (uint32_t i = 0; i < state.counter_count; i++)
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
    {kProfilerSamples, write_samples},
    {kProfilerLosses, write_losses},
    {kProfilerEvents, write_events},
    {kProfilerHandler, write_handler},
    {kProfilerTargetCpu, write_cpu},
    {kProfilerTimingCost,
     [](Text &text, const wire::StateCopy &state) { text.sample("", seconds(state.timing_cost_ps / 1000)); }},
};

void write_family(Text &text, const Family<Series> &family, const std::vector<Series> &series) {
  if (series.empty()) return;
  text.family(family.says.name, family.says.type, family.says.unit, family.says.help);
  for (const Series &one : series) family.write(text, one);
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

void write_pads(Text &text, const std::vector<Series> &series) {
  for (const Family<Series> &family : kPadFamilies) write_family(text, family, series);
}

void write_beside(Text &text, uint32_t kind, const std::vector<Series> &series) {
  for (const auto &[of, family] : kBesideFamilies)
    if (of == kind) write_family(text, family, series);
}

void write_ended(Text &text, const std::vector<wire::CellCopy> &ended) {
  SeriesList hops;
  for (const wire::CellCopy &cell : ended)
    if (cell.kind <= wire::kCellPull) hops.add("", cell);
  for (const Family<Series> &family : kEndedFamilies) write_family(text, family, hops.all());
}

void write_profiler(Text &text, const wire::StateCopy &state, const Topology &topology) {
  for (const Family<wire::StateCopy> &family : kProfilerFamilies) {
    text.family(family.says.name, family.says.type, family.says.unit, family.says.help);
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

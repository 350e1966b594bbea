// Which cells become which records?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/records.h"

#include "exposition/labels.h"
#include "exposition/series.h"

namespace pyro::exposition {
namespace {

// By wire::CellKind; nullptr = no record. Not the names of GStreamer's own records: tools that read those expect one a
// buffer.
const char *record_of(uint32_t kind) {
  switch (kind) {
    case wire::kCellChain:
    case wire::kCellPull:
      return "element-time";
    case wire::kCellDriver:
      return "driver-time";
    case wire::kCellQueue:
      return "queue-wait";
    case wire::kCellLatency:
      return "pipeline-latency";
    case wire::kCellTransit:
      return "element-transit";
    case wire::kCellReported:
      return "reported-latency";
    default:
      return nullptr;
  }
}

bool is_inclusive(uint32_t kind) {
  return kind == wire::kCellQueue || kind == wire::kCellLatency || kind == wire::kCellTransit;
}

std::string ns(const char *name, uint64_t value) { return std::string(", ") + name + "=" + std::to_string(value); }

std::string bounds(const Series &series) {
  const bool limited = series.highest_level != ~uint64_t{0};
  return ns("min-ns", series.level) + (limited ? ns("max-ns", series.highest_level) : ", max-ns=none");
}

}  // namespace

std::vector<std::string> Records::next(const wire::Segment &segment) {
  const Look look = look_at(segment);
  Labels labels(look.topology);
  SeriesList lists[wire::kCellKindEnd];
  for (const wire::CellCopy &cell : look.cells) {
    if (!record_of(cell.kind)) continue;
    const bool hop = cell.kind <= wire::kCellOverflow;
    lists[cell.kind].add(hop ? labels.of(cell).own : labels.beside(cell), cell);
  }
  std::vector<std::string> lines;
  for (uint32_t kind = wire::kCellChain; kind < wire::kCellKindEnd; kind++) {
    for (const Series &series : lists[kind].all()) {
      if (kind == wire::kCellLatency && !series.is_believed()) continue;
      const Durations &times = is_inclusive(kind) ? series.inclusive : series.exclusive;
      const bool reported = kind == wire::kCellReported;
      const Written now{reported ? series.calls : times.count(), times.sum_ns};
      const std::string head = std::string(record_of(kind)) + ", " + series.labels;
      Written &before = written_[head];
      if (now.count < before.count) before = {};  // an equal name that begins anew: its cell was used for others
      if (now.count == before.count) continue;
      const std::string spent = ns("count", now.count - before.count) + ns("sum-ns", now.sum_ns - before.sum_ns);
      lines.push_back(head + (reported ? bounds(series) : spent));
      before = now;
    }
  }
  return lines;
}

}  // namespace pyro::exposition

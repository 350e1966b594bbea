// Which metrics are in the text, under which names? TABLE: Prometheus families.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include "exposition/series.h"
#include "exposition/text.h"
#include "exposition/topology.h"
#include "wire/snapshot.h"

namespace pyro::exposition {

// Ours, a series a pad: seconds and bytes, real histograms.
void write_pads(Text &text, const std::vector<Series> &series);
// Ours, of cells that belong to no hop, by their kind (wire::CellKind).
void write_beside(Text &text, uint32_t kind, const std::vector<Series> &series);
// Ours, of pads whose cells were used again: they have no series any more. Nothing where that never happened.
void write_ended(Text &text, const std::vector<wire::CellCopy> &ended);
// Ours, about the profiler itself.
void write_profiler(Text &text, const wire::StateCopy &state, const Topology &topology);
// Those of the tracer prom-latency, or of its forebear prometheus-latency-tracer: names, labels, order and whole
// nanoseconds as there.
void write_latency(Text &text, const std::vector<Series> &series, bool seed);

}  // namespace pyro::exposition

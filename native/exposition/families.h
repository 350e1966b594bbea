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
// Ours, a series a source pad that drives threads, and one a queue's sink pad.
void write_drivers(Text &text, const std::vector<Series> &series);
void write_queues(Text &text, const std::vector<Series> &series);
// Ours, about the profiler itself.
void write_profiler(Text &text, const wire::StateCopy &state, const Topology &topology);
// Those of the tracer prom-latency, or of its forebear prometheus-latency-tracer: names, labels, order and whole
// nanoseconds as there.
void write_latency(Text &text, const std::vector<Series> &series, bool seed);

}  // namespace pyro::exposition

// How is a segment read once and written as text?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/exposition.h"

#include "exposition/families.h"

namespace pyro::exposition {

std::string render(const wire::Segment &segment) {
  const uint32_t used = cells_in_use(segment);
  Topology topology;
  topology.add(wire::DirectoryScan().next(segment.directory));
  Labels labels(topology);
  SeriesList own, drivers, queues, prom_latency, seed;
  for (uint32_t i = 0; i < used; i++) {
    const std::optional<wire::CellCopy> cell = cell_at(segment, i);
    if (!cell) continue;
    const PadLabels of = labels.of(*cell);
    if (cell->kind == wire::kCellDriver || cell->kind == wire::kCellQueue) {
      (cell->kind == wire::kCellDriver ? drivers : queues).add(of.own, *cell);
      continue;
    }
    own.add(of.own, *cell);
    if (cell->kind == wire::kCellOverflow) continue;  // many pads: no latency of an element
    prom_latency.add(of.prom_latency, *cell);
    seed.add(of.seed, *cell);
  }
  const std::string &wanted = topology.fact(kFamiliesFact);
  Text text;
  write_pads(text, own.all());
  write_drivers(text, drivers.all());
  write_queues(text, queues.all());
  if (wanted.find(kPromLatencyFamilies) != std::string::npos) write_latency(text, prom_latency.all(), false);
  if (wanted.find(kSeedFamilies) != std::string::npos) write_latency(text, seed.all(), true);
  write_profiler(text, wire::copy_state(segment), topology);
  return text.take();
}

}  // namespace pyro::exposition

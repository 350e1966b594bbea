// How is a segment read once and written as text?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/exposition.h"

#include "exposition/families.h"

namespace pyro::exposition {

std::string render(const wire::Segment &segment) {
  const Look look = look_at(segment);
  const Topology &topology = look.topology;
  Labels labels(topology);
  SeriesList own, prom_latency, seed;
  SeriesList beside[wire::kCellKindEnd];
  for (const wire::CellCopy &cell : look.cells) {
    if (cell.kind > wire::kCellOverflow) {
      if (cell.kind != wire::kCellState) beside[cell.kind].add(labels.beside(cell), cell);
      continue;
    }
    const PadLabels of = labels.of(cell);
    own.add(of.own, cell);
    if (cell.kind == wire::kCellOverflow) continue;  // many pads: no latency of an element
    prom_latency.add(of.prom_latency, cell);
    seed.add(of.seed, cell);
  }
  const std::string &wanted = topology.fact(kFamiliesFact);
  Text text;
  write_pads(text, own.all());
  for (uint32_t kind = wire::kCellOverflow + 1; kind < wire::kCellKindEnd; kind++)
    write_beside(text, kind, beside[kind].all());
  write_ended(text, look.ended);
  if (wanted.find(kPromLatencyFamilies) != std::string::npos) write_latency(text, prom_latency.all(), false);
  if (wanted.find(kSeedFamilies) != std::string::npos) write_latency(text, seed.all(), true);
  write_profiler(text, wire::copy_state(segment), topology);
  return text.take();
}

}  // namespace pyro::exposition

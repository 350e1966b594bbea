// Which labels does a series have, and how many different ones may there be?
//
// Names and caps are those of src/model/label-policy.ts (test/rules/labels.test.ts): what comes later, in the order of
// the cells, is "(other)".
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <unordered_set>

#include "exposition/topology.h"
#include "wire/snapshot.h"

namespace pyro::exposition {

// As they stand between braces, escaped.
struct PadLabels {
  std::string own;           // pipeline, path, element, factory, pad
  std::string prom_latency;  // element, path, sink_pad, src_pad
  std::string seed;          // element, sink_pad, src_pad
};

class Labels {
 public:
  explicit Labels(const Topology &topology) : topology_(topology) {}
  PadLabels of(const wire::CellCopy &cell);
  // Of a cell that belongs to no hop: like the pad's own ones; of a pipeline's latency: pipeline, source, sink.
  std::string beside(const wire::CellCopy &cell);

 private:
  std::string own(const Pad &pad);

  class Values {
   public:
    explicit Values(size_t most) : most_(most) {}
    std::string shown(const std::string &value);

   private:
    const size_t most_;
    std::unordered_set<std::string> known_;
  };

  const Topology &topology_;
  Values pipeline_{200}, element_{1000}, factory_{400}, path_{1000}, pad_{400};
};

// name="value", escaped; with a comma before it unless it is the first.
void append_label(std::string &to, const char *name, const std::string &value);

}  // namespace pyro::exposition

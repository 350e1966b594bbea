// How do the names around a cell become labels?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/labels.h"

namespace pyro::exposition {
namespace {

// For dashboards of the older names: a pad and its element as one word.
std::string with_element(const Topology &topology, const Pad &pad) {
  const std::string element = topology.node(pad.element).label;
  return element.empty() ? pad.numbered : element + "." + pad.numbered;
}

}  // namespace

void append_label(std::string &to, const char *name, const std::string &value) {
  if (!to.empty()) to += ',';
  to.append(name).append("=\"");
  for (const char c : label_value(value)) {
    if (c == '\\' || c == '"') to += '\\';
    to += c;
  }
  to += '"';
}

std::string Labels::Values::shown(const std::string &value) {
  if (value.empty() || known_.count(value) > 0) return value;
  if (known_.size() >= most_) return "(other)";
  known_.insert(value);
  return value;
}

std::string Labels::own(const Pad &pad) {
  const Node &element = topology_.node(pad.element);
  std::string labels;
  append_label(labels, "pipeline", pipeline_.shown(topology_.node(element.pipeline).own));
  append_label(labels, "path", path_.shown(topology_.path(pad.element)));
  append_label(labels, "element", element_.shown(topology_.node(pad.element).label));
  append_label(labels, "factory", factory_.shown(element.factory));
  append_label(labels, "pad", pad_.shown(pad.label));
  return labels;
}

std::string Labels::beside(const wire::CellCopy &cell) {
  const Pad &pad = topology_.pad(cell.pad), &peer = topology_.pad(cell.peer);
  if (cell.kind == wire::kCellTransit) return own(peer);
  if (cell.kind != wire::kCellLatency) return own(pad);
  std::string labels;
  append_label(labels, "pipeline", pipeline_.shown(topology_.node(topology_.node(pad.element).pipeline).own));
  append_label(labels, "source", element_.shown(topology_.node(peer.element).label));
  append_label(labels, "sink", element_.shown(topology_.node(pad.element).label));
  return labels;
}

PadLabels Labels::of(const wire::CellCopy &cell) {
  const Pad &pad = topology_.pad(cell.pad), &peer = topology_.pad(cell.peer);
  const Node &element = topology_.node(pad.element);
  const std::string name = element_.shown(topology_.node(pad.element).label);
  const std::string objects = topology_.parent_objects(pad.element);
  const bool pulled = cell.kind == wire::kCellPull;  // there the pad whose function is timed is a source pad
  const Pad &sink = pulled ? peer : pad, &source = pulled ? pad : peer;
  PadLabels labels;
  labels.own = own(pad);
  append_label(labels.prom_latency, "element", element.own);
  append_label(labels.prom_latency, "path", objects.empty() ? "none" : objects);
  append_label(labels.prom_latency, "sink_pad", sink.numbered);
  append_label(labels.prom_latency, "src_pad", source.numbered);
  append_label(labels.seed, "element", name);
  append_label(labels.seed, "sink_pad", with_element(topology_, sink));
  append_label(labels.seed, "src_pad", with_element(topology_, source));
  return labels;
}

}  // namespace pyro::exposition

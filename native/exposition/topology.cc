// How do directory entries become labels and paths?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/topology.h"

namespace pyro::exposition {
namespace {

const std::string kNothing;
constexpr int kDeepest = 64;  // bins in bins

template <typename Map, typename Key>
const typename Map::mapped_type &found(const Map &map, const Key &key) {
  static const typename Map::mapped_type none{};
  const auto at = map.find(key);
  return at == map.end() ? none : at->second;
}

const std::string &text(const wire::DirectoryName &entry, size_t i) {
  return i < entry.texts.size() ? entry.texts[i] : kNothing;
}

std::string escaped(std::string name) {
  for (size_t at = 0; (at = name.find('/', at)) != std::string::npos; at += 2) name.insert(at, 1, '\\');
  return name;
}

}  // namespace

void Topology::add(const std::vector<wire::DirectoryName> &names) {
  for (const wire::DirectoryName &entry : names) {
    // Parents come first. A target that says otherwise could build a circle.
    const uint32_t parent = entry.parent < entry.id ? entry.parent : 0;
    if (entry.kind == wire::kEntryFact)
      facts_[text(entry, 0)] = text(entry, 1);
    else if (entry.kind == wire::kEntryPipeline)
      add_pipeline(entry);
    else if (entry.kind == wire::kEntryElement)
      add_element(entry, parent);
    else if (entry.kind == wire::kEntryPad)
      pads_[entry.id] = {parent, pad_label(text(entry, 0), text(entry, 1)),
                         numbered_pad_label(text(entry, 0), text(entry, 1))};
    else if (entry.kind == wire::kEntryOverflow)
      add_overflow(entry);
  }
}

const Node &Topology::node(uint32_t id) const { return found(nodes_, id); }
const Pad &Topology::pad(uint32_t id) const { return found(pads_, id); }
const std::string &Topology::fact(const std::string &key) const { return found(facts_, key); }

std::string Topology::label(uint32_t id) const {
  std::string label = node(id).own;
  for (int i = 0; i < kDeepest && node(id).is_second; i++) {
    id = node(id).parent;
    label.insert(0, node(id).own + "/");
  }
  return label;
}

std::string Topology::path(uint32_t id) const {
  std::string path;
  for (int i = 0; i < kDeepest && nodes_.count(id) > 0; i++, id = node(id).parent)
    path.insert(0, escaped(node(id).own) + (path.empty() ? "" : "/"));
  return path;
}

std::string Topology::parent_objects(uint32_t id) const {
  std::string path;
  id = node(id).parent;
  for (int i = 0; i < kDeepest && nodes_.count(id) > 0; i++, id = node(id).parent)
    path.insert(0, "/" + safe_name(node(id).type) + ":" + node(id).own);
  return path;
}

std::string Topology::own_name(uint32_t scope, const std::string &name, const std::string &factory) {
  const std::optional<std::string> prefix = auto_prefix(name, factory);
  return prefix ? *prefix + std::to_string(numbering_.number(scope, *prefix, name)) : safe_name(name);
}

void Topology::add_pipeline(const wire::DirectoryName &entry) {
  const std::string name = own_name(0, text(entry, 0), text(entry, 1));
  const std::string ordinal = entry.value0 > 1 ? "#" + std::to_string(entry.value0) : "";
  nodes_[entry.id] = {true, 0, entry.id, text(entry, 1), text(entry, 2), name + ordinal, false};
}

void Topology::add_element(const wire::DirectoryName &entry, uint32_t parent) {
  const uint32_t pipeline = node(parent).pipeline;
  Node element{false,          parent,         pipeline,
               text(entry, 1), text(entry, 4), own_name(pipeline, text(entry, 0), text(entry, 1)),
               false};
  const bool is_first = taken_.emplace(std::make_pair(pipeline, element.own), entry.id).second;
  element.is_second = !is_first && nodes_.count(parent) > 0 && !node(parent).is_pipeline;
  nodes_[entry.id] = element;
}

// Stands for every name that did not fit: as an element and as a pad.
void Topology::add_overflow(const wire::DirectoryName &entry) {
  Node element;
  element.own = text(entry, 0);
  nodes_[entry.id] = element;
  pads_[entry.id] = {entry.id, text(entry, 0), text(entry, 0)};
}

}  // namespace pyro::exposition

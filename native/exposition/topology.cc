// How do directory entries become labels and paths?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/topology.h"

#include <algorithm>

#include "exposition/unicode.h"

namespace pyro::exposition {
namespace {

const std::string kNothing;
constexpr uint32_t kDeepest = 32;  // names in a path: of the pipeline, of bins, of the element
constexpr size_t kLongestPath = 1024;
constexpr size_t kMostLabelUnits = 256;

template <typename Map, typename Key>
const typename Map::mapped_type &found(const Map &map, const Key &key) {
  static const typename Map::mapped_type none{};
  const auto at = map.find(key);
  return at == map.end() ? none : at->second;
}

const std::string &text(const wire::DirectoryName &entry, size_t i) {
  return i < entry.texts.size() ? entry.texts[i] : kNothing;
}

std::string escaped(const std::string &name) {
  std::string out;
  for (const char c : name) {
    if (c == '/') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

void Topology::add(const std::vector<wire::DirectoryName> &names) {
  for (const wire::DirectoryName &entry : names) {
    // Parents come first, and each name once. A target that says otherwise could build a circle.
    const uint32_t parent = nodes_.count(entry.parent) > 0 ? entry.parent : 0;
    if (nodes_.count(entry.id) > 0) continue;
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

std::vector<const Node *> Topology::shown_from_top(uint32_t id) const {
  std::vector<const Node *> nodes;
  for (auto at = nodes_.find(node(id).shown); at != nodes_.end(); at = nodes_.find(at->second.parent))
    nodes.push_back(&at->second);
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

std::string Topology::path(uint32_t id) const {
  std::string path;
  for (const Node *above : shown_from_top(id)) path.append(path.empty() ? "" : "/").append(escaped(above->own));
  return node(id).is_cut ? path + "/…/" + escaped(node(id).own) : path;
}

std::string Topology::parent_objects(uint32_t id) const {
  const uint32_t parent = node(id).parent;
  std::string path;
  for (const Node *above : shown_from_top(parent)) {
    if (path.size() > kLongestPath) break;
    path.append("/").append(safe_name(above->type)).append(":").append(above->own);
  }
  return node(parent).is_cut || path.size() > kLongestPath ? path + "/…" : path;
}

std::string Topology::own_name(const wire::DirectoryName &entry) const {
  const std::string &name = text(entry, 0);
  const std::optional<std::string> prefix = auto_prefix(name, text(entry, 1));
  return prefix && entry.value1 > 0 ? *prefix + std::to_string(entry.value1 - 1) : safe_name(name);
}

void Topology::add_pipeline(const wire::DirectoryName &entry) {
  const std::string name = own_name(entry);
  const std::string ordinal = entry.value0 > 1 ? "#" + std::to_string(entry.value0) : "";
  Node &pipeline = nodes_[entry.id];
  pipeline = {true, 0, entry.id, 1, 0, entry.id, false, text(entry, 1), text(entry, 2), name + ordinal, name + ordinal};
  pipeline.path_bytes = escaped(pipeline.own).size();
}

void Topology::add_element(const wire::DirectoryName &entry, uint32_t parent) {
  const uint32_t pipeline = node(parent).pipeline;
  const std::string own = own_name(entry);
  const bool is_first = taken_.emplace(std::make_pair(pipeline, own), entry.id).second;
  const bool is_second = !is_first && nodes_.count(parent) > 0 && !node(parent).is_pipeline;
  const std::string label =
      is_second ? encoded(shortened(decoded(node(parent).label + "/" + own), kMostLabelUnits)) : own;
  const Node &above = node(parent);
  const size_t path_bytes = above.path_bytes + 1 + escaped(own).size();
  const bool is_cut = above.is_cut || above.depth >= kDeepest || (above.depth > 0 && path_bytes > kLongestPath);
  const uint32_t shown = is_cut ? above.shown : entry.id;
  nodes_[entry.id] = {false,          parent, pipeline, above.depth + 1, path_bytes, shown, is_cut, text(entry, 1),
                      text(entry, 4), own,    label};
}

// Stands for every name that did not fit: as an element and as a pad.
void Topology::add_overflow(const wire::DirectoryName &entry) {
  Node element;
  element.depth = 1;
  element.shown = entry.id;
  element.own = element.label = text(entry, 0);
  nodes_[entry.id] = element;
  pads_[entry.id] = {entry.id, text(entry, 0), text(entry, 0)};
}

}  // namespace pyro::exposition

// How do directory entries become labels and paths?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/topology.h"

namespace pyro::exposition {
namespace {

const std::string kNothing;

template <typename T>
const T &found(const std::unordered_map<uint32_t, T> &map, uint32_t id) {
  static const T none;
  const auto at = map.find(id);
  return at == map.end() ? none : at->second;
}

const std::string &text(const wire::DirectoryName &entry, size_t i) {
  return i < entry.texts.size() ? entry.texts[i] : kNothing;
}

std::string escaped(std::string name) {
  for (size_t at = 0; (at = name.find('/', at)) != std::string::npos; at += 2) name.insert(at, 1, '\\');
  return name;
}

std::string object(const std::string &type, const std::string &name) { return "/" + safe_name(type) + ":" + name; }

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

const Element &Topology::element(uint32_t id) const { return found(elements_, id); }
const Pad &Topology::pad(uint32_t id) const { return found(pads_, id); }
const std::string &Topology::pipeline_label(uint32_t id) const { return found(pipelines_, id).label; }

const std::string &Topology::fact(const std::string &key) const {
  const auto at = facts_.find(key);
  return at == facts_.end() ? kNothing : at->second;
}

std::string Topology::own_name(uint32_t scope, const std::string &name, const std::string &factory) {
  const std::optional<std::string> prefix = auto_prefix(name, factory);
  return prefix ? *prefix + std::to_string(numbering_.number(scope, *prefix, name)) : safe_name(name);
}

void Topology::add_pipeline(const wire::DirectoryName &entry) {
  Element pipeline;
  pipeline.own = own_name(0, text(entry, 0), text(entry, 1));
  pipeline.label = entry.value0 > 1 ? pipeline.own + "#" + std::to_string(entry.value0) : pipeline.own;
  pipeline.path = escaped(pipeline.label);
  pipeline.object_path = object(text(entry, 2), pipeline.label);
  pipelines_[entry.id] = pipeline;
}

void Topology::add_element(const wire::DirectoryName &entry, uint32_t parent) {
  const auto bin = elements_.find(parent);
  const auto top = pipelines_.find(parent);
  const Element *above = bin != elements_.end() ? &bin->second : top != pipelines_.end() ? &top->second : nullptr;
  Element element;
  element.pipeline = top != pipelines_.end() ? parent : above ? above->pipeline : 0;
  element.factory = text(entry, 1);
  element.own = own_name(element.pipeline, text(entry, 0), element.factory);
  element.label = element.own;
  if (!claim(entry.id, element.pipeline, element.own) && bin != elements_.end())
    element.label = bin->second.label + "/" + element.own;
  element.path = above ? above->path + "/" + escaped(element.own) : escaped(element.own);
  if (above) element.parent_objects = above->object_path;
  element.object_path = element.parent_objects + object(text(entry, 4), element.own);
  elements_[entry.id] = element;
}

// False: another element of this pipeline has the label.
bool Topology::claim(uint32_t id, uint32_t pipeline, const std::string &label) {
  return taken_.emplace(std::make_pair(pipeline, label), id).first->second == id;
}

// Stands for every name that did not fit: as an element and as a pad.
void Topology::add_overflow(const wire::DirectoryName &entry) {
  Element element;
  element.own = element.label = element.path = text(entry, 0);
  elements_[entry.id] = element;
  pads_[entry.id] = {entry.id, text(entry, 0), text(entry, 0)};
}

}  // namespace pyro::exposition

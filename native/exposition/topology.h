// What do the directory ids in cells mean, as labels?
//
// The rules of src/model/topology.ts; see display-names.h. Paths are put together only when asked for, and only so
// deep: a directory that lies about parents costs no more memory than it has bytes.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "exposition/display-names.h"
#include "wire/directory-scan.h"

namespace pyro::exposition {

// An element, a bin or a pipeline.
struct Node {
  bool is_pipeline = false;
  uint32_t parent = 0;    // directory id; 0 = none
  uint32_t pipeline = 0;  // its own for a pipeline; 0 = none known
  uint32_t depth = 0;     // names in its path …
  size_t path_bytes = 0;  // … and their length
  uint32_t shown = 0;     // itself, or the last of those above it that its path shows …
  bool is_cut = false;    // … before "…" and its own name
  std::string factory;    // as it is
  std::string type;       // GType
  std::string own;        // its name, the same in every run
  std::string label;      // that; where another element of the pipeline has it, behind its bin's
};

struct Pad {
  uint32_t element = 0;
  std::string label;     // request pads by their template
  std::string numbered;  // with small numbers
};

class Topology {
 public:
  void add(const std::vector<wire::DirectoryName> &names);

  // Of unknown ids: one without names.
  const Node &node(uint32_t id) const;
  const Pad &pad(uint32_t id) const;
  // pipeline/bin/element; "…" where it would be too deep or too long.
  std::string path(uint32_t id) const;
  // "/GstPipeline:p/GstBin:b", as GStreamer writes the path of what the element lies in; "" without one.
  std::string parent_objects(uint32_t id) const;
  // What the target says of itself; "" when it does not.
  const std::string &fact(const std::string &key) const;

 private:
  std::vector<const Node *> shown_from_top(uint32_t id) const;
  void add_pipeline(const wire::DirectoryName &entry);
  void add_element(const wire::DirectoryName &entry, uint32_t parent);
  void add_overflow(const wire::DirectoryName &entry);
  std::string own_name(const wire::DirectoryName &entry) const;

  std::unordered_map<std::string, std::string> facts_;
  std::unordered_map<uint32_t, Node> nodes_;
  std::unordered_map<uint32_t, Pad> pads_;
  std::map<std::pair<uint32_t, std::string>, uint32_t> taken_;  // names in use, by pipeline
};

}  // namespace pyro::exposition

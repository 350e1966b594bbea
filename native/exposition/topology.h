// What do the directory ids in cells mean, as labels?
//
// The rules of src/model/topology.ts; see display-names.h.
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

struct Element {
  uint32_t pipeline = 0;       // directory id; 0 = none known
  std::string factory;         // as it is
  std::string own;             // its name, the same in every run
  std::string label;           // its name; where that is taken, behind its bin's
  std::string path;            // pipeline/bin/element, of such names
  std::string object_path;     // "/GstPipeline:p/GstBin:b/GstIdentity:i", of such names
  std::string parent_objects;  // that of what it lies in; "" without one
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
  const Element &element(uint32_t id) const;
  const Pad &pad(uint32_t id) const;
  const std::string &pipeline_label(uint32_t id) const;
  // What the target says of itself; "" when it does not.
  const std::string &fact(const std::string &key) const;

 private:
  void add_pipeline(const wire::DirectoryName &entry);
  void add_element(const wire::DirectoryName &entry, uint32_t parent);
  void add_overflow(const wire::DirectoryName &entry);
  std::string own_name(uint32_t scope, const std::string &name, const std::string &factory);
  bool claim(uint32_t id, uint32_t pipeline, const std::string &label);

  std::unordered_map<std::string, std::string> facts_;
  std::unordered_map<uint32_t, Element> pipelines_;  // the pipeline itself as an element
  std::unordered_map<uint32_t, Element> elements_;
  std::unordered_map<uint32_t, Pad> pads_;
  std::map<std::pair<uint32_t, std::string>, uint32_t> taken_;  // labels in use, by pipeline
  Numbering numbering_;
};

}  // namespace pyro::exposition

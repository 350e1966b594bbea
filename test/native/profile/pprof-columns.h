// How does a test write rows and names? Columns that it owns, and views of them.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "profile/pprof.h"
#include "profile/window.h"

namespace pyro::profile {

// Rows of one stack each, in `label_sets` label sets that have one label; location n is function n in module n % 2.
struct PprofColumns {
  std::vector<uint32_t> location_end, label_set, waited_in, locations;
  std::vector<uint64_t> span;
  std::vector<int32_t> wait;
  std::vector<double> weight_ns, samples, reached_root, inferred;
  std::vector<std::string> texts{"", "liba.so", "libb.so", "ab", "element", "e", "futex"};
  std::vector<uint32_t> module_path{1, 2}, module_build_id{3, 0};
  std::vector<double> module_size{4096, 0};
  std::vector<uint32_t> function_name, function_file, line_number, line_function;
  std::vector<uint32_t> location_module, location_line_end;
  std::vector<double> location_address;
  std::vector<uint8_t> location_named_by;
  std::vector<uint32_t> label_end, label_key, label_text;

  PprofColumns(uint32_t locations_wanted, uint32_t label_sets) {
    for (uint32_t i = 0; i < locations_wanted; i++) {
      function_name.push_back(static_cast<uint32_t>(texts.size()));
      texts.push_back("function" + std::to_string(i));
      function_file.push_back(0);
      line_function.push_back(i);
      line_number.push_back(i % 3);
      location_line_end.push_back(i + 1);
      location_module.push_back(i % 2);
      location_address.push_back(16.0 * i);
      location_named_by.push_back(static_cast<uint8_t>(i % kNamedBy));
    }
    for (uint32_t i = 0; i < label_sets; i++) {
      label_key.push_back(4);
      label_text.push_back(5);
      label_end.push_back(i + 1);
    }
  }

  void row(uint32_t set, const std::vector<uint32_t> &stack, double ns, int32_t waits = kOnCpu) {
    locations.insert(locations.end(), stack.begin(), stack.end());
    location_end.push_back(static_cast<uint32_t>(locations.size()));
    label_set.push_back(set);
    span.push_back(0);
    wait.push_back(waits);
    waited_in.push_back(waits == kOnCpu ? 0 : 6);
    weight_ns.push_back(ns);
    samples.push_back(1);
    reached_root.push_back(0);
    inferred.push_back(0);
  }

  template <typename T>
  static View<T> view(const std::vector<T> &from) {
    return {from.data(), from.size()};
  }

  RowColumns rows() const {
    return {view(location_end), view(label_set), view(span),         view(wait),     view(waited_in),
            view(weight_ns),    view(samples),   view(reached_root), view(inferred), view(locations)};
  }

  NameTables names() const {
    return {texts,
            view(module_path),
            view(module_build_id),
            view(module_size),
            view(function_name),
            view(function_name),
            view(function_file),
            view(line_function),
            view(line_number),
            view(location_module),
            view(location_address),
            view(location_line_end),
            view(location_named_by),
            view(label_end),
            view(label_key),
            view(label_text)};
  }
};

}  // namespace pyro::profile

// Which tables does a pprof message consist of? Mappings, locations, functions and texts, each thing once, when it is
// first met.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "profile/pprof-tables.h"
#include "profile/proto-writer.h"

namespace pyro::profile {

struct ProfileHead;

// One profile. Its numbers of texts, functions and so on are its own: what no row needs is not in it.
class PprofBuilder {
 public:
  PprofBuilder(const ProfileHead &head, const RowColumns &rows, const NameTables &names);
  void add(uint32_t row);
  std::string encode(uint64_t time_ns);

 private:
  struct Mapping {
    uint32_t module;
    bool named;      // false: its locations have addresses only
    uint64_t limit;  // where its code ends
  };
  uint32_t text(uint32_t number);
  uint32_t own_text(const std::string &text);
  uint32_t put_text(const std::string &text);
  const std::string &labels_of(uint32_t set);
  void label(ProtoWriter &to, uint32_t key, uint32_t text);
  void own_labels(ProtoWriter &to, uint32_t row);
  uint32_t location(uint32_t number);
  uint32_t mapping(uint32_t at, bool named);
  uint32_t function(uint32_t number);
  void value_type(ProtoWriter &to);

  const ProfileHead &head_;
  const RowColumns &rows_;
  const NameTables &names_;
  ProtoWriter body_;  // samples, locations, functions and texts, as they come
  ProtoWriter part_, inner_, labels_;
  uint32_t texts_ = 0, functions_ = 0, locations_ = 0;
  std::vector<Mapping> mappings_;
  // By their numbers in the tables: their numbers here, 0 = not yet; of a module two mappings.
  std::vector<uint32_t> text_numbers_, function_numbers_, location_numbers_, mapping_numbers_;
  std::vector<std::string> label_sets_;
  std::unordered_map<std::string, uint32_t> own_texts_;  // those that are in no table
};

}  // namespace pyro::profile

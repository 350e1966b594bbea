// Which bytes has a sample, and what it needs?
// SPDX-License-Identifier: MPL-2.0
#include "profile/pprof-builder.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "profile/pprof.h"
#include "profile/window.h"

namespace pyro::profile {
namespace {

// Numbers of the fields in pprof's profile.proto.
enum ProfileField {
  kSampleType = 1,
  kSample,
  kMapping,
  kLocation,
  kFunction,
  kString,
  kTime = 9,
  kDuration,
  kPeriodType,
  kPeriod
};
enum ValueTypeField { kType = 1, kUnit };
enum SampleField { kLocationId = 1, kValue, kLabel };
enum LabelField { kKey = 1, kText };
enum MappingField { kMappingId = 1, kLimit = 3, kFilename = 5, kBuildId, kHasFunctions };
enum LocationField { kId = 1, kMappingOf, kAddress, kLine };
enum LineField { kFunctionOf = 1, kNumber };
enum FunctionField { kFunctionId = 1, kName, kSystemName, kFile };

// Numbers of a profile are signed: what a target made larger is the largest of them.
uint64_t whole(double number) { return number < 0x1p63 ? static_cast<uint64_t>(number) : INT64_MAX; }

std::string hex64(uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, number);
  return text;
}

}  // namespace

PprofBuilder::PprofBuilder(const ProfileHead &head, const RowColumns &rows, const NameTables &names)
    : head_(head),
      rows_(rows),
      names_(names),
      text_numbers_(names.texts.size()),
      function_numbers_(names.function_name.size),
      location_numbers_(names.location_module.size),
      mapping_numbers_(2 * names.module_path.size),
      label_sets_(names.label_end.size) {
  put_text("");  // number 0, always
  ProtoWriter unused;
  value_type(unused);  // its texts have the first numbers
}

void PprofBuilder::add(uint32_t row) {
  const std::string &set = labels_of(rows_.label_set[row]);
  inner_.clear();
  ProtoWriter locations;
  for (uint32_t at = row == 0 ? 0 : rows_.location_end[row - 1]; at < rows_.location_end[row]; at++)
    locations.varint(location(rows_.locations[at]));
  labels_.clear();
  own_labels(labels_, row);
  part_.clear();
  part_.message(kLocationId, locations.bytes());
  inner_.clear();
  inner_.varint(whole(rows_.weight_ns[row]));
  part_.message(kValue, inner_.bytes());
  part_.append(set);
  part_.append(labels_.bytes());
  body_.message(kSample, part_.bytes());
}

std::string PprofBuilder::encode(uint64_t time_ns) {
  ProtoWriter out, type;
  value_type(type);
  out.message(kSampleType, type.bytes());
  out.message(kPeriodType, type.bytes());
  out.number(kPeriod, head_.period_ns);
  out.explicit_number(kTime, time_ns);
  out.number(kDuration, head_.duration_ns);
  for (size_t i = 0; i < mappings_.size(); i++) {
    const Mapping &one = mappings_[i];
    part_.clear();
    part_.number(kMappingId, i + 1);
    part_.number(kLimit, one.limit);
    part_.number(kFilename, text(names_.module_path[one.module]));
    part_.number(kBuildId, text(names_.module_build_id[one.module]));
    // The unknown one too: servers would look for symbols of their own otherwise, and answer slower. That is what is
    // wanted of those that a server shall name.
    if (one.named) part_.number(kHasFunctions, 1);
    out.message(kMapping, part_.bytes());
  }
  out.append(body_.bytes());
  return out.bytes();
}

// The number here of a text of the table.
uint32_t PprofBuilder::text(uint32_t number) {
  if (number == 0) return 0;
  uint32_t &known = text_numbers_[number];
  if (known == 0) known = own_text(names_.texts[number]);
  return known;
}

uint32_t PprofBuilder::own_text(const std::string &text) {
  const auto known = own_texts_.find(text);
  return known != own_texts_.end() ? known->second : put_text(text);
}

uint32_t PprofBuilder::put_text(const std::string &text) {
  const uint32_t number = texts_++;
  own_texts_.emplace(text, number);
  body_.message(kString, text);
  return number;
}

const std::string &PprofBuilder::labels_of(uint32_t set) {
  std::string &known = label_sets_[set];
  if (!known.empty()) return known;
  labels_.clear();
  for (uint32_t at = set == 0 ? 0 : names_.label_end[set - 1]; at < names_.label_end[set]; at++) {
    const uint32_t key = text(names_.label_key[at]);
    label(labels_, key, text(names_.label_text[at]));
  }
  known = labels_.bytes();
  return known;
}

// Both are numbers here.
void PprofBuilder::label(ProtoWriter &to, uint32_t key, uint32_t text) {
  inner_.clear();
  inner_.number(kKey, key);
  inner_.number(kText, text);
  to.message(kLabel, inner_.bytes());
}

// What a row has besides its label set.
void PprofBuilder::own_labels(ProtoWriter &to, uint32_t row) {
  if (rows_.span[row] != 0) {
    const uint32_t key = own_text("span_id");
    label(to, key, own_text(hex64(rows_.span[row])));
  }
  if (rows_.wait[row] != kOnCpu) {
    const uint32_t key = own_text("blocked_on");
    label(to, key, text(rows_.waited_in[row]));
  }
  if (head_.mark_inferred && rows_.inferred[row] > 0) {
    const uint32_t key = own_text("inferred");
    label(to, key, own_text("1"));
  }
}

uint32_t PprofBuilder::location(uint32_t number) {
  const uint32_t at = number - 1;
  if (location_numbers_[at] != 0) return location_numbers_[at];
  const uint32_t from = at == 0 ? 0 : names_.location_line_end[at - 1], to = names_.location_line_end[at];
  const uint32_t in = mapping(at, from < to);
  const uint32_t id = ++locations_;  // 0 is refused by servers
  location_numbers_[at] = id;
  std::vector<uint32_t> functions;
  for (uint32_t line = from; line < to; line++) functions.push_back(function(names_.line_function[line]));
  part_.clear();
  part_.number(kId, id);
  part_.number(kMappingOf, in);
  part_.number(kAddress, whole(names_.location_address[at]));
  for (uint32_t line = from; line < to; line++) {
    inner_.clear();
    inner_.number(kFunctionOf, functions[line - from]);
    inner_.number(kNumber, names_.line_number[line]);
    part_.message(kLine, inner_.bytes());
  }
  body_.message(kLocation, part_.bytes());
  return id;
}

// Addresses are ELF virtual addresses, so every mapping starts at 0. What a server shall name has one of its own.
uint32_t PprofBuilder::mapping(uint32_t at, bool named) {
  const uint32_t module = names_.location_module[at];
  uint32_t &number = mapping_numbers_[2 * module + (named ? 0 : 1)];
  if (number == 0) {
    text(names_.module_path[module]);
    text(names_.module_build_id[module]);
    mappings_.push_back({module, named, whole(names_.module_size[module])});
    number = static_cast<uint32_t>(mappings_.size());
  }
  Mapping &one = mappings_[number - 1];
  one.limit = std::max(one.limit, whole(names_.location_address[at]) + 1);
  return number;
}

uint32_t PprofBuilder::function(uint32_t number) {
  uint32_t &known = function_numbers_[number];
  if (known != 0) return known;
  known = ++functions_;
  const uint32_t name = text(names_.function_name[number]);
  const uint32_t system_name = text(names_.function_system_name[number]);
  const uint32_t file = text(names_.function_file[number]);
  part_.clear();
  part_.number(kFunctionId, known);
  part_.number(kName, name);
  part_.number(kSystemName, system_name);
  part_.number(kFile, file);
  body_.message(kFunction, part_.bytes());
  return known;
}

void PprofBuilder::value_type(ProtoWriter &to) {
  const uint32_t type = own_text(head_.wall ? "wall" : "cpu");
  to.number(kType, type);
  to.number(kUnit, own_text("nanoseconds"));
}

}  // namespace pyro::profile

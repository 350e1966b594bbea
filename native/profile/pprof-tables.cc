// Does every number in these columns point at something?
// SPDX-License-Identifier: MPL-2.0
#include "profile/pprof-tables.h"

namespace pyro::profile {
namespace {

bool all_below(const View<uint32_t> &numbers, size_t end) {
  for (size_t i = 0; i < numbers.size; i++)
    if (numbers[i] >= end) return false;
  return true;
}

// Ends that rise, up to `end`.
bool are_ends(const View<uint32_t> &ends, size_t end) {
  uint32_t last = 0;
  for (size_t i = 0; i < ends.size; i++) {
    if (ends[i] < last || ends[i] > end) return false;
    last = ends[i];
  }
  return true;
}

// What is counted or measured: no less than 0, and no more than a word of a segment holds, whatever a target wrote
// there.
bool are_counts(const View<double> &numbers) {
  constexpr double kLargest = 0x1p64;
  for (size_t i = 0; i < numbers.size; i++)
    if (!(numbers[i] >= 0 && numbers[i] <= kLargest)) return false;
  return true;
}

bool are_rows(const RowColumns &rows, const NameTables &names) {
  const size_t count = rows.location_end.size;
  for (const size_t size : {rows.label_set.size, rows.span.size, rows.wait.size, rows.waited_in.size,
                            rows.weight_ns.size, rows.samples.size, rows.reached_root.size, rows.inferred.size})
    if (size != count) return false;
  for (size_t i = 0; i < rows.locations.size; i++)
    if (rows.locations[i] == 0 || rows.locations[i] > names.location_module.size) return false;
  return are_ends(rows.location_end, rows.locations.size) && all_below(rows.label_set, names.label_end.size) &&
         all_below(rows.waited_in, names.texts.size()) && are_counts(rows.weight_ns) && are_counts(rows.samples) &&
         are_counts(rows.reached_root) && are_counts(rows.inferred);
}

bool are_locations(const NameTables &names) {
  const size_t count = names.location_module.size;
  if (names.location_address.size != count || names.location_line_end.size != count ||
      names.location_named_by.size != count || names.line_function.size != names.line_number.size)
    return false;
  for (size_t i = 0; i < count; i++)
    if (names.location_named_by[i] >= kNamedBy && names.location_named_by[i] != kNotCounted) return false;
  return are_counts(names.location_address) && are_ends(names.location_line_end, names.line_function.size) &&
         all_below(names.location_module, names.module_path.size) &&
         all_below(names.line_function, names.function_name.size);
}

bool are_texts(const NameTables &names) {
  const size_t count = names.texts.size();
  if (count == 0 || names.module_build_id.size != names.module_path.size ||
      names.module_size.size != names.module_path.size || names.function_system_name.size != names.function_name.size ||
      names.function_file.size != names.function_name.size || names.label_text.size != names.label_key.size)
    return false;
  for (const View<uint32_t> *texts :
       {&names.module_path, &names.module_build_id, &names.function_name, &names.function_system_name,
        &names.function_file, &names.label_key, &names.label_text})
    if (!all_below(*texts, count)) return false;
  return are_counts(names.module_size) && are_ends(names.label_end, names.label_key.size);
}

}  // namespace

bool is_sound(const RowColumns &rows, const NameTables &names) {
  return are_texts(names) && are_locations(names) && are_rows(rows, names);
}

}  // namespace pyro::profile

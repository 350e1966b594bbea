// What is a profile made of? Columns of rows and of what they point to, as the agent hands them over; nothing is
// copied.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pyro::profile {

// Numbers that belong to somebody else.
template <typename T>
struct View {
  const T *data = nullptr;
  size_t size = 0;
  T operator[](size_t at) const { return data[at]; }
};

// One entry a row in each.
struct RowColumns {
  View<uint32_t> location_end;  // its locations lie in `locations` from the end of the row before to here, leaf first
  View<uint32_t> label_set;
  View<uint64_t> span;       // 0 = none
  View<int32_t> wait;        // kOnCpu: the thread ran
  View<uint32_t> waited_in;  // text of what it waited in
  View<double> weight_ns, samples, reached_root, inferred;
  View<uint32_t> locations;  // of all rows, from 1
};

// Numbers of texts are places in `texts`.
struct NameTables {
  std::vector<std::string> texts;  // each once; the first is ""
  View<uint32_t> module_path, module_build_id;
  View<double> module_size;
  View<uint32_t> function_name, function_system_name, function_file;
  View<uint32_t> line_function, line_number;
  // Location n is at n - 1.
  View<uint32_t> location_module;
  View<double> location_address;
  View<uint32_t>
      location_line_end;  // its lines are from the end of the location before to here; none: a server shall name it
  View<uint8_t> location_named_by;  // kNotCounted: no frame of the target
  View<uint32_t> label_end;         // by label set: its labels are from the end of the one before to here
  View<uint32_t> label_key, label_text;
};

inline constexpr uint8_t kNotCounted = 255;
inline constexpr size_t kNamedBy = 4;  // ways to name a frame

// True if every number points at something: nothing else is encoded.
bool is_sound(const RowColumns &rows, const NameTables &names);

}  // namespace pyro::profile

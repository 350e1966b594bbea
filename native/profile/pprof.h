// How do rows become pprof (profile.proto) that every server and `go tool pprof` takes? Split where a server would
// refuse its size.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "profile/pprof-tables.h"

namespace pyro::profile {

struct ProfileHead {
  bool wall;             // samples of blocked threads as well, and the value is wall time
  uint64_t time_ns;      // Unix time of the window's begin
  uint64_t part_gap_ns;  // so much later is each further part: servers keep one profile a series and instant
  uint64_t duration_ns, period_ns;
  bool mark_inferred;   // rows with an inferred caller get a label
  uint64_t most_bytes;  // of a part, unless it is a single row
  uint32_t most_samples;
};

// One profile, with what pprof has no place for.
struct ProfilePart {
  std::string bytes;
  uint64_t time_ns = 0;
  double samples = 0, unique_samples = 0, total_ns = 0, reached_root = 0, inferred = 0;
  double frames[kNamedBy] = {};  // of all samples, by what named them
};

// The profiles of one kind, none when it has no row. `rows`, `names`: sound. Sums over all parts equal the rows'.
std::vector<ProfilePart> encode(const ProfileHead &head, const RowColumns &rows, const NameTables &names);

}  // namespace pyro::profile

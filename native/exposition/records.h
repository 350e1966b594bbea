// What has each element taken since the last time? Lines for GStreamer's log, as its own tracers write records.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "wire/segment.h"

namespace pyro::exposition {

// Remembers what was written; one for a session.
class Records {
 public:
  // A line for each series that moved: kind, labels, count and nanoseconds since the last call.
  std::vector<std::string> next(const wire::Segment &segment);

 private:
  struct Written {
    uint64_t count, sum_ns;
  };
  std::map<std::string, Written> written_;
};

}  // namespace pyro::exposition

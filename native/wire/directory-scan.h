// Which names has a directory published that may be full of lies?
//
// Ids come in order and each length is checked before it is used, so a scan ends; the first entry that makes no sense
// is the last one looked at. Texts are as long and as many as a writer that keeps to the rules makes them.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "wire/directory.h"

namespace pyro::wire {

// One entry of the directory; texts are bytes, not necessarily UTF-8.
struct DirectoryName {
  uint32_t id;
  EntryKind kind;
  uint32_t parent;
  uint64_t value0, value1;
  std::vector<std::string> texts;
};

class DirectoryScan {
 public:
  // Entries published since the last call.
  std::vector<DirectoryName> next(const Directory &directory);
  // Something made no sense; there is nothing more.
  bool broken() const { return broken_; }

 private:
  uint32_t at_ = 0;
  uint32_t ids_ = 0;
  bool broken_ = false;
};

}  // namespace pyro::wire

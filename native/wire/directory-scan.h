// Which names has a directory published that may be full of lies?
//
// Each length is checked before it is used, so a scan ends; the first block that makes no sense is the last one looked
// at. A block is read again when its generation says that it has another name. Texts are as long and as many as a
// writer that keeps to the rules makes them.
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
  uint32_t replaces = 0;  // id of the name that had its block before, which is not needed any more
};

class DirectoryScan {
 public:
  // Entries published since the last call, in the order in which they were made.
  std::vector<DirectoryName> next(const Directory &directory);
  // Something made no sense; there is nothing more.
  bool broken() const { return broken_; }

 private:
  struct Block {
    uint32_t generation;
    uint32_t id;
  };
  struct Found {
    uint64_t serial;
    DirectoryName name;
  };
  bool read(const unsigned char *at, uint32_t bytes, Block &block, std::vector<Found> &found);

  std::vector<Block> blocks_;
  uint64_t changes_ = 0;
  uint32_t end_ = 0;
  bool broken_ = false;
};

}  // namespace pyro::wire

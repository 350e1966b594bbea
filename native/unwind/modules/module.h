// What is known of one module?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <cstdlib>

#include "unwind/cfi/image.h"
#include "unwind/modules/call-sites.h"
#include "unwind/modules/modules.h"
#include "unwind/modules/snapshot.h"
#include "unwind/modules/table.h"

namespace pyro::unwind {

enum class TableState : uint8_t { kNone, kBuilt, kBroken, kOverCap };
enum class Request : uint8_t { kNo, kAhead, kYes };  // kAhead: something that was requested is linked with it

struct Module {
  Image image{};
  ModuleKind kind = ModuleKind::kFile;
  char *path = nullptr;  // owned
  char build_id[2 * kBuildIdMax + 1] = {};
  uint32_t tag = 0;
  bool tagged = false;
  bool excluded = false;
  bool seen = false;  // by the listing that is going on
  bool no_calls = false;
  bool blind = false;  // one of the core libraries, and no frame of it can be left: its .eh_frame is missing or broken
  bool skipped = false;  // by the build that is going on
  Request request = Request::kNo;
  uint32_t distance = 0;  // how far from what was requested (kAhead)
  TableState state = TableState::kNone;
  Table table;
  CallSites calls;
  ModuleSignals signals;

  Module() = default;
  ~Module() { free(path); }
  Module(const Module &) = delete;
  Module &operator=(const Module &) = delete;

  // The same module before its table was built; nullptr when out of memory.
  Module *without_table() const;

  uint64_t start() const { return image.bias + image.load.start; }
  uint64_t end() const { return image.bias + image.load.end; }
  bool is_region() const { return kind == ModuleKind::kJit || kind == ModuleKind::kAnon; }
  size_t bytes() const { return table.bytes() + calls.bytes(); }
};

}  // namespace pyro::unwind

// When may memory that handlers read be given back? After a walk-free moment seen later than its replacement.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>

#include "unwind/cfi/mapped-array.h"
#include "unwind/modules/snapshot.h"

namespace pyro::unwind {

struct Module;

class SnapshotKeeper {
 public:
  // Shows `modules` to handlers from now on. false = out of memory: the old snapshot stays.
  bool publish(const MappedArray<Module *> &modules, const Rule *rules);
  // `module` is in no snapshot published from now on.
  void retire(Module *module);
  // Frees what was retired before, if no walk is going on.
  void collect();
  // Puts a module's tag into the snapshot that is out.
  void retag(const Module &module);
  uint64_t bytes() const;

 private:
  struct Kept;
  static void fill(Kept &kept, const MappedArray<Module *> &modules);

  Kept *current_ = nullptr;
  MappedArray<Kept *> old_snapshots_;
  MappedArray<Module *> old_modules_;
};

}  // namespace pyro::unwind

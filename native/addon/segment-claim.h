// Is this segment read in this process already?
//
// The lock between processes does not see a second reader in one process; worse, the second one's descriptor, once
// closed, would drop the lock of the first. A forked child of the target shows the same segment again, so it happens.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/stat.h>

#include <mutex>
#include <set>
#include <utility>

namespace pyro::addon {

// The right to read one segment, until it goes.
class SegmentClaim {
 public:
  SegmentClaim() = default;
  SegmentClaim(SegmentClaim &&other) noexcept : key_(std::exchange(other.key_, Key{})) {}
  SegmentClaim &operator=(SegmentClaim &&other) noexcept {
    std::swap(key_, other.key_);
    return *this;
  }
  ~SegmentClaim() {
    const std::lock_guard<std::mutex> lock(mutex());
    taken().erase(key_);
  }

  // `path` leads to the descriptor; it is not opened. False: another reader in this process has it.
  bool take(const char *path) {
    struct stat st {};
    if (stat(path, &st) != 0) return true;  // opening it will say why
    const std::lock_guard<std::mutex> lock(mutex());
    if (!taken().insert({st.st_dev, st.st_ino}).second) return false;
    key_ = {st.st_dev, st.st_ino};
    return true;
  }

 private:
  using Key = std::pair<dev_t, ino_t>;
  static std::mutex &mutex() {
    static auto *instance = new std::mutex;  // never destroyed: readers may be finalized while the process ends
    return *instance;
  }
  static std::set<Key> &taken() {
    static auto *instance = new std::set<Key>;
    return *instance;
  }

  Key key_{};
};

}  // namespace pyro::addon

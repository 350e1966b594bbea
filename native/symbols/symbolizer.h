// What is the name of the function at this address of that file?
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "symbols/elf-library.h"
#include "symbols/function-index.h"

namespace pyro::symbols {

struct Query {
  std::string path;      // as mapped by the target
  std::string build_id;  // hex; "" if the module has none
  std::string root;      // prefix through which the target's files are seen, "" or /proc/<pid>/root
  std::vector<uint64_t> addresses;
};

// One element for each address.
struct Answer {
  std::vector<std::string> names;    // demangled; "" = no symbol
  std::vector<int64_t> starts;       // see Found::start
  std::vector<uint8_t> in_function;  // see Found::in_function
  std::string problem;               // why the file was not used, or ""
};

// Thread-safe; one question at a time. Keeps the indexes of the files asked for last, bounded in bytes.
class Symbolizer {
 public:
  explicit Symbolizer(const char *elf_library = "libelf.so.1", size_t cache_bytes = size_t{48} << 20);
  Answer answer(const Query &query);
  size_t cached_bytes();

 private:
  struct Cached {
    std::string key;
    std::shared_ptr<const FunctionIndex> index;
  };
  std::shared_ptr<const FunctionIndex> index_of(const Query &query, std::string *problem);
  std::shared_ptr<const FunctionIndex> build(const Query &query, std::string *problem);
  void keep(const std::string &key, std::shared_ptr<const FunctionIndex> index);

  const char *elf_library_name_;
  const size_t cache_limit_;
  std::mutex mutex_;
  ElfLibrary library_;
  enum { kNotTried, kOpen, kMissing } library_state_ = kNotTried;
  std::list<Cached> cache_;  // most recent first
  std::unordered_map<std::string, std::list<Cached>::iterator> by_key_;
  size_t cache_bytes_ = 0;
};

}  // namespace pyro::symbols

// From which files do names come, and how long are their indexes kept?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/symbolizer.h"

#include "symbols/demangle.h"
#include "symbols/eh-frame.h"
#include "symbols/elf-file.h"

namespace pyro::symbols {
namespace {

bool add_functions(const ElfFile &file, FunctionIndex &index) {
  return file.functions([&](std::string_view name, uint64_t start, uint64_t size, Binding binding) {
    index.add_symbol(name, start, size, binding);
  });
}

// What debug packages install for stripped files, in the target's root and in ours.
void add_debug_file(const ElfLibrary &library, const Query &query, FunctionIndex &index) {
  if (query.build_id.size() < 4) return;
  const std::string path =
      "/usr/lib/debug/.build-id/" + query.build_id.substr(0, 2) + "/" + query.build_id.substr(2) + ".debug";
  for (const std::string &root : {query.root, std::string()}) {
    ElfFile file(library);
    if (!file.open(root, path).empty() || file.build_id() != query.build_id) continue;
    add_functions(file, index);
    return;
  }
}

}  // namespace

Symbolizer::Symbolizer(const char *elf_library, size_t cache_bytes)
    : elf_library_name_(elf_library), cache_limit_(cache_bytes) {}

Answer Symbolizer::answer(const Query &query) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Answer answer;
  const std::shared_ptr<const FunctionIndex> index = index_of(query, &answer.problem);
  for (const uint64_t address : query.addresses) {
    const Found found = index ? index->find(address) : Found{};
    answer.names.push_back(demangled(found.name));
    answer.starts.push_back(found.start);
    answer.in_function.push_back(found.in_function);
  }
  return answer;
}

size_t Symbolizer::cached_bytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cache_bytes_;
}

std::shared_ptr<const FunctionIndex> Symbolizer::index_of(const Query &query, std::string *problem) {
  if (library_state_ == kNotTried) library_state_ = library_.open(elf_library_name_) ? kOpen : kMissing;
  if (library_state_ == kMissing) {
    *problem = std::string(elf_library_name_) + " is not installed";
    return nullptr;
  }
  const std::string key = query.root + '\0' + query.path + '\0' + query.build_id;
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    cache_.splice(cache_.begin(), cache_, known->second);
    return known->second->index;
  }
  std::shared_ptr<const FunctionIndex> index = build(query, problem);
  if (index) keep(key, index);
  return index;
}

std::shared_ptr<const FunctionIndex> Symbolizer::build(const Query &query, std::string *problem) {
  ElfFile file(library_);
  *problem = file.open(query.root, query.path);
  if (!problem->empty()) return nullptr;
  if (file.build_id() != query.build_id) {
    *problem = "build-id differs";
    return nullptr;
  }
  auto index = std::make_shared<FunctionIndex>(file.code());
  const uint64_t eh_frame = eh_frame_address(file.eh_frame_hdr());
  if (eh_frame != 0) index->add_ranges(function_ranges(file.bytes_from(eh_frame)));
  if (!add_functions(file, *index)) add_debug_file(library_, query, *index);
  index->finish();
  return index;
}

void Symbolizer::keep(const std::string &key, std::shared_ptr<const FunctionIndex> index) {
  cache_bytes_ += index->bytes();
  cache_.push_front({key, std::move(index)});
  by_key_[key] = cache_.begin();
  while (cache_bytes_ > cache_limit_ && !cache_.empty()) {
    cache_bytes_ -= cache_.back().index->bytes();
    by_key_.erase(cache_.back().key);
    cache_.pop_back();
  }
}

}  // namespace pyro::symbols

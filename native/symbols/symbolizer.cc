// From which files do names come, and how long is what they say kept?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/symbolizer.h"

#include <malloc.h>

#include "symbols/debug-files.h"
#include "symbols/demangle.h"
#include "symbols/eh-frame.h"
#include "symbols/elf-file.h"

namespace pyro::symbols {
namespace {

const std::string kDeleted = " (deleted)";

bool add_functions(const ElfFile &file, FunctionIndex &index) {
  return file.functions([&](std::string_view name, uint64_t start, uint64_t size, Binding binding) {
    index.add_symbol(name, start, size, binding);
  });
}

// Each text of an answer once.
class Texts {
 public:
  explicit Texts(std::vector<std::string> &texts) : texts_(texts) {}
  uint32_t number(const std::string &text) {
    const auto [at, is_new] = numbers_.emplace(text, static_cast<uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(text);
    return at->second;
  }

 private:
  std::vector<std::string> &texts_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

}  // namespace

Symbolizer::Symbolizer(const char *elf_library, const char *dwarf_library, SymbolizerLimits limits)
    : elf_library_name_(elf_library), dwarf_library_name_(dwarf_library), limits_(limits) {}

Answer Symbolizer::answer(const Query &query) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Answer answer;
  Module *module = module_of(query, &answer.problem);
  for (const uint64_t address : query.addresses) {
    const Found found = module != nullptr ? module->index.find(address) : Found{};
    answer.names.push_back(demangled(found.name));
    answer.starts.push_back(found.start);
    answer.in_function.push_back(found.in_function);
    answer.line_counts.push_back(0);
  }
  if (module == nullptr) return answer;
  answer.problem = module->problem;
  answer.source = module->source;
  answer.has_lines = module->has_lines;
  if (module->has_lines) add_lines(*module, query, answer);
  close_lines();
  trim(0);
  return answer;
}

// A symbol's name is what a person sees elsewhere for a function itself, also for parts that a compiler split off.
void Symbolizer::add_lines(Module &module, const Query &query, Answer &answer) {
  DwarfFile *file = lines_of(module, query);
  if (file == nullptr) return;
  Texts texts(answer.texts);
  Budget budget;
  const std::vector<std::vector<SourceLine>> found = file->lines(query.addresses, budget);
  for (size_t i = 0; i < found.size(); i++) {
    if (found[i].empty()) continue;
    if (answer.names[i].empty()) answer.names[i] = found[i].back().function;
    if (answer.names[i].empty()) continue;
    answer.line_counts[i] = static_cast<uint8_t>(found[i].size());
    for (const SourceLine &line : found[i]) {
      const bool itself = &line == &found[i].back();
      answer.lines.push_back(
          {texts.number(itself ? answer.names[i] : line.function), texts.number(line.file), line.line});
    }
  }
}

size_t Symbolizer::cached_bytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cache_bytes_;
}

Symbolizer::Module *Symbolizer::module_of(const Query &query, std::string *problem) {
  if (library_state_ == kNotTried) library_state_ = library_.open(elf_library_name_) ? kOpen : kMissing;
  if (library_state_ == kMissing) {
    *problem = std::string(elf_library_name_) + " is not installed";
    return nullptr;
  }
  if (query.addresses.empty()) {
    ElfFile file(library_);
    *problem = open_module(query, file);
    return nullptr;
  }
  const std::string key = query.root + '\0' + query.path + '\0' + query.build_id + '\0' + query.debug_file;
  const auto known = by_key_.find(key);
  if (known != by_key_.end()) {
    cache_.splice(cache_.begin(), cache_, known->second);
    return known->second->module.get();
  }
  std::unique_ptr<Module> module = build(query, problem);
  return module != nullptr ? keep(key, std::move(module)) : nullptr;
}

// A file that was deleted may be there again: a package that was installed once more. Its build-id tells.
std::string Symbolizer::open_module(const Query &query, ElfFile &file) const {
  std::string problem = file.open(query.root, query.path);
  const size_t end = query.path.size() - std::min(query.path.size(), kDeleted.size());
  if (file.fd() < 0 && !query.build_id.empty() && query.path.compare(end, std::string::npos, kDeleted) == 0)
    problem = file.open(query.root, query.path.substr(0, end));
  if (problem.empty() && file.build_id() != query.build_id) problem = "build-id differs";
  return problem;
}

std::unique_ptr<Symbolizer::Module> Symbolizer::build(const Query &query, std::string *problem) const {
  ElfFile own(library_);
  *problem = open_module(query, own);
  const ElfFile *usable = problem->empty() ? &own : nullptr;
  const DebugFile debug = find_debug_file(library_, query, usable);
  if (usable == nullptr && debug.file == nullptr) return nullptr;
  auto module = std::make_unique<Module>((usable != nullptr ? usable : debug.file.get())->code());
  module->problem = *problem;
  if (usable != nullptr) module->index.add_ranges(function_ranges(eh_frame_of(own), own.code()));
  add_symbols(*module, usable, debug.file.get(), debug.source);
  module->index.finish();
  module->own_lines = usable != nullptr && dwarf_bytes(own) > 0;
  module->has_lines = module->own_lines || (debug.file != nullptr && dwarf_bytes(*debug.file) > 0);
  return module;
}

// The fullest table wins; those that say less add nothing that it would not.
void Symbolizer::add_symbols(Module &module, const ElfFile *own, const ElfFile *debug, Source debug_source) const {
  if (own != nullptr && add_functions(*own, module.index)) {
    module.source = Source::kOwn;
    return;
  }
  if (module.index.symbols() > 0) module.source = Source::kDynamic;
  if (debug != nullptr && add_functions(*debug, module.index)) {
    module.source = debug_source;
    return;
  }
  const std::unique_ptr<ElfFile> mini = own != nullptr ? open_mini_debug_info(*own) : nullptr;
  if (mini != nullptr && add_functions(*mini, module.index)) module.source = Source::kMini;
}

Symbolizer::Module *Symbolizer::keep(const std::string &key, std::unique_ptr<Module> module) {
  cache_bytes_ += module->index.bytes();
  cache_.push_front({key, std::move(module)});
  by_key_[key] = cache_.begin();
  trim(1);
  return cache_.front().module.get();
}

void Symbolizer::trim(size_t spared) {
  while (cache_bytes_ > limits_.indexes && cache_.size() > spared) {
    cache_bytes_ -= cache_.back().module->index.bytes();
    by_key_.erase(cache_.back().key);
    cache_.pop_back();
  }
}

DwarfFile *Symbolizer::lines_of(Module &module, const Query &query) {
  if (dwarf_state_ == kNotTried) dwarf_state_ = dwarf_library_.open(dwarf_library_name_) ? kOpen : kMissing;
  if (dwarf_state_ == kMissing) return nullptr;
  if (module.lines == nullptr) {
    auto file = std::make_unique<ElfFile>(library_);
    const bool usable = open_module(query, *file).empty();
    if (!module.own_lines) file = find_debug_file(library_, query, usable ? file.get() : nullptr).file;
    if (file == nullptr || (module.own_lines && !usable)) return nullptr;
    std::unique_ptr<ElfFile> alternate = find_alternate_file(*file, query.root);
    module.lines = DwarfFile::open(dwarf_library_, std::move(file), std::move(alternate));
  }
  return module.lines.get();
}

// Lines take megabytes, and are asked for seldom once the first windows have their names: large ones do not stay.
void Symbolizer::close_lines() {
  size_t bytes = 0;
  bool closed = false;
  for (Cached &each : cache_) {
    if (each.module->lines == nullptr) continue;
    bytes += each.module->lines->bytes();
    if (bytes <= limits_.lines) continue;
    bytes -= each.module->lines->bytes();
    each.module->lines.reset();
    closed = true;
  }
  if (closed) malloc_trim(0);
}

}  // namespace pyro::symbols

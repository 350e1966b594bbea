// Whose table is built next, and does it fit?
// SPDX-License-Identifier: MPL-2.0
#include <ctime>

#include "unwind/cfi/cfi.h"
#include "unwind/modules/assembly.h"
#include "unwind/modules/module.h"

namespace pyro::unwind {
namespace {

// The first part of the file name decides: "libc.so.6", "ld-linux-x86-64.so.2".
constexpr const char *kCore[] = {
    "libc.so",        "ld-linux",          "libpthread.so",     "libstdc++.so",        "libgcc_s.so",
    "libglib-2.0.so", "libgobject-2.0.so", "libgthread-2.0.so", "libgstreamer-1.0.so", "libgstbase-1.0.so"};

// Assembly shows as gaps. Fewer bytes are start-up code and padding.
constexpr uint32_t kAssemblyBytes = 256;

const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

bool is_core_library(const Module &module) {
  for (const char *name : kCore)
    if (strncmp(base_name(module.path), name, strlen(name)) == 0) return true;
  return false;
}

bool is_core(const Module &module) { return module.image.vdso || module.image.main_program || is_core_library(module); }

uint64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

bool within(const Range &outer, const Range &inner) { return inner.start >= outer.start && inner.end <= outer.end; }

// .eh_frame from its header to the end of the segment it lies in; its own terminator ends it earlier.
bool find_eh_frame(const Image &image, Section &out) {
  const Range &header = image.eh_frame_hdr, &load = image.eh_frame_hdr_load;
  if (header.end <= header.start || !within(load, header) ||
      !is_backed(image.at(header.start), header.end - header.start))
    return false;
  const uint64_t address =
      eh_frame_address({image.at(header.start), header.end - header.start, header.start, image.bias});
  if (address < load.start || address >= load.end) return false;
  out = {image.at(address), load.end - address, address, image.bias};
  return true;
}

// No CFI at all is one large gap.
CfiError read_module_cfi(const Module &module, RuleDictionary &dictionary, Cfi &out) {
  const Image &image = module.image;
  MappedArray<uint8_t> copy;
  Section section{};
  if (!find_eh_frame(image, section)) {
    if (!read_eh_frame(image, module.path, copy, &section.address))
      return image.eh_frame_hdr.end > image.eh_frame_hdr.start ? CfiError::kBroken : CfiError::kNone;
    section.data = copy.data();
    section.size = copy.size();
  }
  return read_cfi(section, image.text[0].start, image.text[image.texts - 1].end, dictionary, out);
}

// Assembly often lies after everything else, so the rest of the text counts too.
uint64_t gap_bytes(const Cfi &cfi, uint64_t text_bytes) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < cfi.rows.size(); i++)
    if (cfi.rows[i].rule == kRuleNone)
      bytes += (i + 1 < cfi.rows.size() ? cfi.rows[i + 1].at : text_bytes) - cfi.rows[i].at;
  return bytes;
}

// The module's first executable segment, which is the only one nearly always.
Code code_of(const Image &image, const MappedArray<uint8_t> &bytes) {
  return {bytes.data(), 0, static_cast<uint32_t>(image.text[0].end - image.text[0].start)};
}

}  // namespace

void ModuleMap::request_table_for(const void *code_address) {
  requested_.push(reinterpret_cast<uint64_t>(code_address));
}

void ModuleMap::request_table_of(const char *path) {
  uint64_t adds, subs;
  loader_counts(&adds, &subs);
  if (adds != adds_ || subs != subs_) stale_ |= update_modules();
  if (Module *module = module_named(base_name(path))) requested_.push(module->start());
}

bool ModuleMap::is_safe_for_libgcc(const void *address_in_module) {
  ImageList list;
  list_images(list);
  for (const Image &image : list.images) {
    const uint64_t at = reinterpret_cast<uint64_t>(address_in_module) - image.bias;
    if (at < image.load.start || at >= image.load.end) continue;
    if (image.eh_frame_hdr.end <= image.eh_frame_hdr.start) return true;
    Section section;
    MappedArray<Function> functions;
    return find_eh_frame(image, section) &&
           list_functions(section, image.text[0].start, image.text[image.texts - 1].end, functions) ==
               CfiError::kNone &&
           !functions.empty();
  }
  return false;
}

void ModuleMap::request_core() { core_requested_ = true; }

Module *ModuleMap::module_named(const char *name) {
  for (Module *module : modules_)
    if (!module->is_region() && strcmp(base_name(module->path), name) == 0) return module;
  return nullptr;
}

void ModuleMap::note_requests() {
  for (uint64_t address : requested_) {
    Module *module = module_at(address);
    if (!module || module->is_region() || module->request == Request::kYes) continue;
    module->request = Request::kYes;
    module->distance = 0;
    request_with_needed(*module);
  }
  requested_.clear();
  for (Module *module : modules_) {
    if (module->is_region()) continue;
    const bool core = core_requested_ && module->request == Request::kNo && is_core(*module);
    if (core || module->signals.table_wanted.load(std::memory_order_relaxed)) module->request = Request::kYes;
  }
}

// Everything it is linked with, breadth first: what is nearer is likelier to be met.
void ModuleMap::request_with_needed(Module &first) {
  MappedArray<Module *> queue;
  if (!queue.push(&first)) return;
  for (size_t i = 0; i < queue.size(); i++) {
    const Pin pin(queue[i]->image, queue[i]->path);
    if (!pin.held()) continue;
    MappedArray<char> names;
    needed_names(queue[i]->image, names);
    for (const char *name = names.begin(); name < names.end(); name += strlen(name) + 1) {
      Module *needed = module_named(name);
      if (!needed || needed->request != Request::kNo) continue;
      needed->request = Request::kAhead;
      needed->distance = queue[i]->distance + 1;
      if (!queue.push(needed)) return;
    }
  }
}

// What a walk has stopped at comes first, then what was requested, then the nearest of what that is linked with:
// farther ones are less likely to be met, and the room for them is smaller.
Module *ModuleMap::next_to_build() {
  Module *requested = nullptr, *ahead = nullptr;
  for (Module *module : modules_) {
    if (module->state != TableState::kNone || module->skipped) continue;
    if (module->request == Request::kYes) {
      if (module->signals.table_wanted.load(std::memory_order_relaxed)) return module;
      if (!requested) requested = module;
    } else if (module->request == Request::kAhead && (!ahead || module->distance < ahead->distance)) {
      ahead = module;
    }
  }
  return requested ? requested : ahead;
}

bool ModuleMap::build_requested(uint64_t budget_ns) {
  const uint64_t begin = now_ns();
  bool built = false;
  const auto late = [&] { return now_ns() - begin >= budget_ns; };
  for (Module *module : modules_) module->skipped = false;
  unfinished_ = false;
  while (Module *module = next_to_build()) {
    if ((unfinished_ = late())) break;
    const TableState before = module->state;
    built |= build(*module, module->request == Request::kYes ? kMostBytes : kMostBytesAhead);
    // Out of reach or out of memory: another time.
    module->skipped = module->state == before;
  }
  for (Module *module : modules_) {
    if (!module->signals.calls_wanted.load(std::memory_order_relaxed)) continue;
    if ((unfinished_ |= late())) break;
    module->signals.calls_wanted.store(false, std::memory_order_relaxed);
    built |= build_calls(*module);
  }
  build_ns_ += now_ns() - begin;
  return built;
}

// Gives up the farthest table that no walk has asked for, to make room for one that was. False if there is none.
bool ModuleMap::evict() {
  size_t farthest = modules_.size();
  for (size_t i = 0; i < modules_.size(); i++) {
    const Module &module = *modules_[i];
    if (module.request != Request::kAhead || module.state != TableState::kBuilt) continue;
    if (farthest == modules_.size() || module.distance > modules_[farthest]->distance) farthest = i;
  }
  if (farthest == modules_.size()) return false;
  Module *old = modules_[farthest];
  Module *without = old->without_table();
  if (!without) return false;
  table_bytes_ -= old->bytes();
  rows_ -= old->table.rows();
  modules_[farthest] = without;
  keeper_.retire(old);  // walks may still read its table
  return true;
}

// What was only linked with something may still be asked for by a walk, up to the real cap.
bool ModuleMap::over(Module &module) {
  if (module.request == Request::kYes)
    module.state = TableState::kOverCap;
  else
    module.request = Request::kNo;
  return module.request == Request::kYes;
}

// True if what handlers should see changed.
bool ModuleMap::build(Module &module, uint64_t limit) {
  if (module.request == Request::kAhead && bytes_in_use() >= limit) return over(module);
  const Pin pin(module.image, module.path);
  if (!pin.held()) return false;
  Cfi cfi;
  const CfiError error = read_module_cfi(module, dictionary_, cfi);
  if (error == CfiError::kNoMemory) return false;
  module.blind = (error == CfiError::kBroken || cfi.rows.empty()) && is_core_library(module);
  if (error == CfiError::kBroken || module.blind) broken_++;
  if (error == CfiError::kBroken) {
    module.state = TableState::kBroken;
    return true;
  }
  const uint64_t text_bytes = module.image.text[module.image.texts - 1].end - module.image.text[0].start;
  const bool has_assembly = gap_bytes(cfi, text_bytes) >= kAssemblyBytes;
  if (has_assembly) {
    MappedArray<uint8_t> bytes;
    if (read_text(module.image, module.path, 0, bytes) &&
        !guess_gaps(code_of(module.image, bytes), dictionary_, cfi.rows))
      return false;
  }
  while (bytes_in_use() + Table::bytes_for(cfi.rows.size(), text_bytes) > limit || rows_ + cfi.rows.size() > kMostRows)
    if (module.request == Request::kAhead || !evict()) return over(module);
  if (!module.table.build(cfi.rows, text_bytes)) return false;
  module.state = TableState::kBuilt;
  bad_functions_ += cfi.bad_functions;
  rows_ += module.table.rows();
  table_bytes_ += module.table.bytes();
  // Who has assembly of its own or uses generated code will be asked who called it.
  if (module.image.calls_jit || has_assembly) module.signals.calls_wanted.store(true, std::memory_order_relaxed);
  return true;
}

bool ModuleMap::build_calls(Module &module) {
  if (module.state != TableState::kBuilt || module.no_calls || module.signals.calls.load(std::memory_order_relaxed))
    return false;
  const Pin pin(module.image, module.path);
  if (!pin.held()) return false;
  Cfi cfi;
  MappedArray<uint8_t> bytes;
  const bool built =
      read_module_cfi(module, dictionary_, cfi) == CfiError::kNone && read_text(module.image, module.path, 0, bytes) &&
      module.calls.build(code_of(module.image, bytes), module.table.view(), cfi.functions, dictionary_.rules());
  while (built && bytes_in_use() + module.calls.bytes() > kMostBytes && module.request == Request::kYes && evict()) {
  }
  if (!built || bytes_in_use() + module.calls.bytes() > kMostBytes) {
    module.calls = CallSites();
    module.no_calls = true;
    return true;
  }
  table_bytes_ += module.calls.bytes();
  module.signals.calls.store(&module.calls, std::memory_order_release);
  return true;
}

}  // namespace pyro::unwind

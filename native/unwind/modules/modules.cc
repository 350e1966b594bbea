// Which code is in this process, and which of it can be walked?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/modules.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>
#include <new>

#include "unwind/modules/module.h"

namespace pyro::unwind {
namespace {

void write_hex(const Image &image, char *out) {
  static const char kDigits[] = "0123456789abcdef";
  for (uint32_t i = 0; i < image.build_id_size; i++) {
    *out++ = kDigits[image.build_id[i] >> 4];
    *out++ = kDigits[image.build_id[i] & 15];
  }
  *out = 0;
}

char *path_of(const Image &image, const char *name) {
  if (image.vdso) return strdup("[vdso]");
  if (!image.main_program) return strdup(name);
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  if (size < 0) return strdup("");
  path[size] = 0;
  return strdup(path);
}

Module *module_of(const Image &image, const char *name) {
  std::unique_ptr<Module> module(new (std::nothrow) Module);
  if (!module) return nullptr;
  module->image = image;
  module->kind = image.vdso ? ModuleKind::kVdso : ModuleKind::kFile;
  module->path = path_of(image, name);
  write_hex(image, module->build_id);
  return module->path ? module.release() : nullptr;
}

Module *module_of(const CodeRegion &region) {
  std::unique_ptr<Module> module(new (std::nothrow) Module);
  if (!module) return nullptr;
  const uint64_t size = region.range.end - region.range.start;
  module->image.bias = region.range.start;
  module->image.load = module->image.text[0] = {0, size};
  module->image.texts = 1;
  module->kind = region.name[0] ? ModuleKind::kJit : ModuleKind::kAnon;
  module->path = strdup(region.name);
  return module->path ? module.release() : nullptr;
}

}  // namespace

Module *Module::without_table() const {
  std::unique_ptr<Module> out(new (std::nothrow) Module);
  if (!out) return nullptr;
  out->image = image;
  out->kind = kind;
  out->path = strdup(path);
  memcpy(out->build_id, build_id, sizeof build_id);
  out->tag = tag;
  out->tagged = tagged;
  out->excluded = excluded;
  out->seen = seen;
  return out->path ? out.release() : nullptr;
}

ModuleMap *ModuleMap::only_ = nullptr;

ModuleMap &ModuleMap::instance() {
  if (!only_) only_ = new ModuleMap;
  return *only_;
}

void ModuleMap::start_afresh() {
  forget_loader_lock();
  only_ = nullptr;
  new (&shared) Shared;
}

void ModuleMap::note_unloads() {
  uint64_t adds, subs;
  loader_counts(&adds, &subs);
  shared.unloads.store(subs, std::memory_order_relaxed);
}

bool ModuleMap::wants_refresh() const {
  return shared.unknown_code.load(std::memory_order_relaxed) || shared.something_wanted.load(std::memory_order_relaxed);
}

bool ModuleMap::refresh(uint64_t budget_ns) {
  keeper_.collect();
  const bool unknown = shared.unknown_code.exchange(false, std::memory_order_relaxed);
  shared.something_wanted.exchange(false, std::memory_order_relaxed);
  uint64_t adds, subs;
  loader_counts(&adds, &subs);
  bool changed = false;
  if (adds != adds_ || subs != subs_) changed = update_modules();
  if (unknown || (changed && has_regions_)) changed |= update_regions();
  if (changed || stale_) mark_excluded();
  if ((changed || stale_) && tag_) tag_new(tag_, tag_user_);
  note_requests();
  // What the loader brought is shown before the first table of it is built: that may take a while.
  if (changed || stale_) stale_ = !keeper_.publish(modules_, dictionary_.rules());
  if (build_requested(budget_ns)) stale_ = !keeper_.publish(modules_, dictionary_.rules());
  return changed;
}

bool ModuleMap::update_modules() {
  ImageList list;
  list_images(list);
  if (list.out_of_memory) return false;  // the counts stay old: tried again
  const bool removed_any = list.subs != subs_;
  adds_ = list.adds;
  subs_ = list.subs;
  shared.unloads.store(subs_, std::memory_order_relaxed);
  const size_t before = modules_.size();
  for (Module *module : modules_) module->seen = module->is_region();
  over_modules_ = 0;
  // Without a build id a module that came back at the same place might be another one.
  for (const Image &image : list.images) add_image(image, list.names.data() + image.name, !removed_any);
  const size_t after = modules_.size();
  sweep(false);
  return after != before || modules_.size() != after;
}

void ModuleMap::add_image(const Image &image, const char *name, bool trust_identity) {
  for (Module *module : modules_) {
    if (module->is_region() || module->seen || module->image.identity != image.identity) continue;
    if (!trust_identity && image.build_id_size == 0 && !image.main_program && !image.vdso) continue;
    module->seen = true;
    return;
  }
  if (Module *module = module_of(image, name)) add(module);
}

bool ModuleMap::add(Module *module) {
  module->seen = true;
  if (modules_.size() < kMostModules && modules_.push(module)) return true;
  over_modules_++;
  delete module;
  return false;
}

// Lets go of what the listing did not see again, and restores the order by address.
void ModuleMap::sweep(bool regions) {
  size_t kept = 0;
  bool gone = false;
  for (Module *module : modules_) {
    if (module->seen || (regions && !module->is_region())) {
      modules_[kept++] = module;
      continue;
    }
    gone = true;
    table_bytes_ -= module->bytes();
    rows_ -= module->table.rows();
    keeper_.retire(module);
  }
  modules_.resize(kept);
  std::sort(modules_.begin(), modules_.end(), [](const Module *a, const Module *b) { return a->start() < b->start(); });
  if (!gone) return;
  for (Module *module : modules_)  // there is room again
    if (module->state == TableState::kOverCap) module->state = TableState::kNone;
}

bool ModuleMap::claimed(void *user, Range range) {
  const auto &map = *static_cast<ModuleMap *>(user);
  for (const Module *module : map.modules_)
    if (!module->is_region() && range.start < ((module->end() + 4095) & ~uint64_t{4095}) && range.end > module->start())
      return true;
  return false;
}

bool ModuleMap::update_regions() {
  MappedArray<CodeRegion> regions;
  if (!read_code_regions(claimed, this, kMostRegions, regions)) return false;
  const size_t before = modules_.size();
  for (Module *module : modules_) module->seen = false;
  for (const CodeRegion &region : regions) {
    bool known = false;
    for (Module *module : modules_) {
      if (!module->is_region() || module->start() != region.range.start || module->end() != region.range.end) continue;
      if (strcmp(module->path, region.name) != 0) continue;
      module->seen = known = true;
      break;
    }
    if (known) continue;
    if (Module *module = module_of(region)) add(module);
  }
  has_regions_ = !regions.empty();
  const size_t after = modules_.size();
  sweep(true);
  return after != before || modules_.size() != after;
}

Module *ModuleMap::module_at(uint64_t address) {
  for (Module *module : modules_)
    if (address >= module->start() && address < module->end()) return module;
  return nullptr;
}

void ModuleMap::exclude(const void *address_in_module) {
  excluded_.push(reinterpret_cast<uint64_t>(address_in_module));
  stale_ = true;
}

void ModuleMap::mark_excluded() {
  for (uint64_t address : excluded_)
    if (Module *module = module_at(address)) module->excluded = true;
}

void ModuleMap::tag_new(uint32_t (*tag)(void *user, const ModuleInfo &), void *user) {
  for (Module *module : modules_) {
    if (module->tagged) continue;
    module->tagged = true;
    module->tag =
        tag(user, {module->path, module->build_id, module->kind, module->image.bias, module->end() - module->start()});
    keeper_.retag(*module);
  }
}

void ModuleMap::tag_by(uint32_t (*tag)(void *user, const ModuleInfo &), void *user) {
  tag_ = tag;
  tag_user_ = user;
  tag_new(tag, user);
}

CodePlace ModuleMap::file_of(const void *code_address) const {
  const auto address = reinterpret_cast<uint64_t>(code_address);
  const auto after = std::upper_bound(modules_.begin(), modules_.end(), address,
                                      [](uint64_t at, const Module *module) { return at < module->start(); });
  if (after == modules_.begin()) return {};
  const Module &module = **(after - 1);
  if (module.kind != ModuleKind::kFile || module.excluded || !module.tagged) return {};
  const uint64_t in_file = address - module.image.bias;
  for (uint32_t i = 0; i < module.image.texts; i++)
    if (in_file >= module.image.text[i].start && in_file < module.image.text[i].end) return {module.tag, in_file};
  return {};
}

Stats ModuleMap::stats() const {
  Stats out{};
  out.modules = static_cast<uint32_t>(modules_.size());
  out.over_modules = over_modules_;
  for (const Module *module : modules_) {
    out.tables += module->state == TableState::kBuilt;
    out.over_cap += module->state == TableState::kOverCap;
    if (module->blind) out.blind = module->path;
  }
  out.rows = rows_;
  out.bytes = bytes_in_use();
  out.rules = dictionary_.size();
  out.broken = broken_;
  out.bad_functions = bad_functions_;
  out.build_ns = build_ns_;
  return out;
}

uint64_t ModuleMap::bytes_in_use() const { return table_bytes_ + dictionary_.bytes() + keeper_.bytes(); }

}  // namespace pyro::unwind

// How is the dynamic section read?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/module-facts.h"

#include <cstring>

#include "symbols/eh-frame.h"
#include "symbols/elf-file.h"

namespace pyro::symbols {
namespace {

constexpr size_t kMostNeeded = 1000;
constexpr size_t kMaxName = 255;

const ElfLibrary *library() {
  static ElfLibrary opened;
  static const bool is_open = opened.open("libelf.so.1");
  return is_open ? &opened : nullptr;
}

// Entries of this machine's own class: others are not loaded into a process of ours.
void add_needed(const ElfFile &file, const GElf_Shdr &header, Elf_Scn *section, std::vector<std::string> &names) {
  const Elf_Data *data = file.library().elf_getdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr || header.sh_entsize != sizeof(Elf64_Dyn)) return;
  for (size_t at = 0; at + sizeof(Elf64_Dyn) <= data->d_size && names.size() < kMostNeeded; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    std::memcpy(&entry, static_cast<const char *>(data->d_buf) + at, sizeof entry);
    if (entry.d_tag == DT_NULL) return;
    if (entry.d_tag != DT_NEEDED) continue;
    const char *name = file.library().elf_strptr(file.elf(), header.sh_link, entry.d_un.d_val);
    if (name != nullptr && name[0] != 0) names.emplace_back(name, strnlen(name, kMaxName));
  }
}

}  // namespace

ModuleFacts facts_of(const std::string &root, const std::string &path) {
  ModuleFacts facts;
  if (library() == nullptr) return facts;
  ElfFile file(*library());
  if (!file.open(root, path).empty()) return facts;
  facts.build_id = file.build_id();
  facts.has_frames = !function_ranges(eh_frame_of(file), file.code()).empty();
  file.sections([&](const GElf_Shdr &header, const char *, Elf_Scn *section) {
    if (header.sh_type == SHT_DYNAMIC) add_needed(file, header, section, facts.needed);
  });
  return facts;
}

}  // namespace pyro::symbols

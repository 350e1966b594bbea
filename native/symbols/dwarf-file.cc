// How are lines and inlined functions read, within bounds, from data that cannot be trusted?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/dwarf-file.h"

#include <algorithm>
#include <cstring>

#include "symbols/demangle.h"

namespace pyro::symbols {
namespace {

constexpr uint64_t kMaxDwarf = uint64_t{256} << 20;
constexpr size_t kMaxUnits = 1000000;
constexpr int kMaxDepth = 64;       // of namespaces and types around a function
constexpr size_t kMaxInlined = 64;  // functions inlined into each other
constexpr size_t kMaxPath = 4096;

// A packed section says how long it is unpacked; libdw will believe it.
uint64_t unpacked_size(const ElfFile &file, const GElf_Shdr &header, Elf_Scn *section, const char *name) {
  GElf_Chdr packed;
  if ((header.sh_flags & SHF_COMPRESSED) != 0)
    return file.library().gelf_getchdr(section, &packed) != nullptr ? packed.ch_size : kMaxDwarf;
  return std::strncmp(name, ".zdebug", 7) == 0 ? kMaxDwarf : header.sh_size;  // the older way to pack is not read
}

bool holds_functions(int tag) {
  return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
         tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type;
}

bool holds_inlined(int tag) {
  return tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block || tag == DW_TAG_try_block ||
         tag == DW_TAG_catch_block || tag == DW_TAG_with_stmt;
}

// libdw looks for the end of a text without looking for that of the section.
bool texts_end(const ElfFile &file) {
  bool end = true;
  file.sections([&](const GElf_Shdr &, const char *name, Elf_Scn *section) {
    if (std::strcmp(name, ".debug_str") != 0 && std::strcmp(name, ".debug_line_str") != 0) return;
    const Elf_Data *data = file.library().elf_getdata(section, nullptr);
    if (data == nullptr || data->d_buf == nullptr || data->d_size == 0) return;
    end = end && static_cast<const char *>(data->d_buf)[data->d_size - 1] == '\0';
  });
  return end;
}

std::string text_or_empty(const char *text, size_t limit) {
  return text == nullptr ? "" : std::string(text, strnlen(text, limit));
}

}  // namespace

bool Budget::spent() {
  if (steps == 0) return true;
  if (--steps % 4096 == 0 && std::chrono::steady_clock::now() > until) steps = 0;
  return steps == 0;
}

uint64_t dwarf_bytes(const ElfFile &file) {
  uint64_t sum = 0;
  bool has_functions = false;
  file.sections([&](const GElf_Shdr &header, const char *name, Elf_Scn *section) {
    const bool debug = std::strncmp(name, ".debug_", 7) == 0 || std::strncmp(name, ".zdebug_", 8) == 0;
    if (!debug || header.sh_type == SHT_NOBITS || header.sh_size > kMaxDwarf) return;
    has_functions = has_functions || std::strcmp(name, ".debug_info") == 0;
    sum += std::min(unpacked_size(file, header, section, name), kMaxDwarf);
  });
  return has_functions && sum < kMaxDwarf ? sum : 0;
}

std::unique_ptr<DwarfFile> DwarfFile::open(const DwarfLibrary &library, std::unique_ptr<ElfFile> file,
                                           std::unique_ptr<ElfFile> alternate) {
  std::unique_ptr<DwarfFile> opened(new DwarfFile(library));
  opened->bytes_ = dwarf_bytes(*file);
  if (opened->bytes_ == 0) return nullptr;
  opened->file_ = std::move(file);
  opened->dwarf_ = library.dwarf_begin_elf(opened->file_->elf(), DWARF_C_READ, nullptr);
  if (opened->dwarf_ == nullptr || !texts_end(*opened->file_)) return nullptr;
  if (alternate == nullptr || dwarf_bytes(*alternate) == 0) return opened;
  opened->bytes_ += dwarf_bytes(*alternate);
  opened->alternate_file_ = std::move(alternate);
  opened->alternate_ = library.dwarf_begin_elf(opened->alternate_file_->elf(), DWARF_C_READ, nullptr);
  if (opened->alternate_ != nullptr && texts_end(*opened->alternate_file_))
    library.dwarf_setalt(opened->dwarf_, opened->alternate_);
  return opened;
}

DwarfFile::~DwarfFile() {
  if (dwarf_ != nullptr) library_.dwarf_end(dwarf_);
  if (alternate_ != nullptr) library_.dwarf_end(alternate_);
}

// Not .debug_aranges: some compilers write none.
void DwarfFile::list_units(Budget &budget) {
  Dwarf_CU *unit = nullptr;
  Dwarf_Die die;
  while (units_.size() < kMaxUnits && !budget.spent() &&
         library_.dwarf_get_units(dwarf_, unit, &unit, nullptr, nullptr, &die, nullptr) == 0) {
    Dwarf_Addr base = 0, begin = 0, end = 0;
    ptrdiff_t at = 0;
    while (units_.size() < kMaxUnits && !budget.spent() &&
           (at = library_.dwarf_ranges(&die, at, &base, &begin, &end)) > 0)
      if (begin < end) units_.push_back({begin, end, library_.dwarf_dieoffset(&die)});
  }
  std::sort(units_.begin(), units_.end(), [](const Unit &a, const Unit &b) { return a.begin < b.begin; });
}

const DwarfFile::Unit *DwarfFile::unit_of(uint64_t address) const {
  const auto after = std::upper_bound(units_.begin(), units_.end(), address,
                                      [](uint64_t value, const Unit &unit) { return value < unit.begin; });
  return after != units_.begin() && address < (after - 1)->end ? &*(after - 1) : nullptr;
}

std::vector<std::vector<SourceLine>> DwarfFile::lines(const std::vector<uint64_t> &addresses, Budget &budget) {
  if (!listed_) list_units(budget);
  listed_ = true;
  std::vector<std::pair<const Unit *, Wanted>> sorted;
  for (size_t i = 0; i < addresses.size(); i++)
    if (const Unit *unit = unit_of(addresses[i])) sorted.push_back({unit, {addresses[i], i}});
  std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) {
    return a.first->die != b.first->die ? a.first->die < b.first->die : a.second.address < b.second.address;
  });
  Answers answers(addresses.size());
  std::vector<Wanted> wanted;
  for (size_t i = 0; i < sorted.size() && !budget.spent(); i++) {
    wanted.push_back(sorted[i].second);
    if (i + 1 < sorted.size() && sorted[i + 1].first->die == sorted[i].first->die) continue;
    answer_unit(*sorted[i].first, {wanted.data(), wanted.data() + wanted.size()}, answers, budget);
    wanted.clear();
  }
  return answers;
}

void DwarfFile::answer_unit(const Unit &unit, Span wanted, Answers &answers, Budget &budget) {
  Dwarf_Die die;
  if (library_.dwarf_offdie(dwarf_, unit.die, &die) == nullptr) return;
  std::vector<Scopes> found(static_cast<size_t>(wanted.second - wanted.first));
  look_below(&die, wanted, 0, found, budget);
  for (const Wanted *each = wanted.first; each != wanted.second && !budget.spent(); each++)
    answers[each->at] = lines_at(&die, each->address, found[static_cast<size_t>(each - wanted.first)]);
}

// One walk over the functions of a unit for all addresses in it.
void DwarfFile::look_below(Dwarf_Die *parent, Span wanted, int depth, std::vector<Scopes> &found, Budget &budget) {
  Dwarf_Die die;
  if (depth > kMaxDepth || library_.dwarf_child(parent, &die) != 0) return;
  do {
    const int tag = library_.dwarf_tag(&die);
    if (tag == DW_TAG_subprogram)
      match(&die, wanted, found, budget);
    else if (holds_functions(tag))
      look_below(&die, wanted, depth + 1, found, budget);
  } while (!budget.spent() && library_.dwarf_siblingof(&die, &die) == 0);
}

void DwarfFile::match(Dwarf_Die *function, Span wanted, std::vector<Scopes> &found, Budget &budget) {
  Dwarf_Addr base = 0, begin = 0, end = 0;
  for (ptrdiff_t at = 0; !budget.spent() && (at = library_.dwarf_ranges(function, at, &base, &begin, &end)) > 0;) {
    const Wanted *each = std::lower_bound(wanted.first, wanted.second, begin,
                                          [](const Wanted &one, uint64_t value) { return one.address < value; });
    for (; each != wanted.second && each->address < end; each++) {
      Scopes &scopes = found[static_cast<size_t>(each - wanted.first)];
      if (!scopes.empty()) continue;
      scopes.push_back(*function);
      descend(each->address, scopes, budget);
    }
  }
}

// Afterwards `scopes` holds the function, then what is inlined at the address, the innermost last.
void DwarfFile::descend(uint64_t address, Scopes &scopes, Budget &budget) {
  Dwarf_Die die, parent = scopes.back();
  for (int depth = 0; depth < kMaxDepth * 4 && scopes.size() < kMaxInlined; depth++) {
    if (library_.dwarf_child(&parent, &die) != 0) return;
    bool inside = false;
    do {
      inside = holds_inlined(library_.dwarf_tag(&die)) && library_.dwarf_haspc(&die, address) == 1;
    } while (!inside && !budget.spent() && library_.dwarf_siblingof(&die, &die) == 0);
    if (!inside) return;
    if (library_.dwarf_tag(&die) == DW_TAG_inlined_subroutine) scopes.push_back(die);
    parent = die;
  }
}

// The line table says where the innermost function is; each inlined one says from where it was called.
std::vector<SourceLine> DwarfFile::lines_at(Dwarf_Die *unit, uint64_t address, Scopes &scopes) {
  std::vector<SourceLine> lines;
  SourceLine here;
  int number_of_line = 0;
  if (Dwarf_Line *line = library_.dwarf_getsrc_die(unit, address)) {
    here.file = whole_path(unit, library_.dwarf_linesrc(line, nullptr, nullptr));
    if (library_.dwarf_lineno(line, &number_of_line) == 0 && number_of_line > 0)
      here.line = static_cast<uint32_t>(number_of_line);
  }
  if (scopes.empty() && here.line == 0) return lines;
  Dwarf_Files *files = nullptr;
  if (scopes.size() > 1 && library_.dwarf_getsrcfiles(unit, &files, nullptr) != 0) files = nullptr;
  for (; scopes.size() > 1; scopes.pop_back()) {
    here.function = function_name(&scopes.back());
    lines.push_back(here);
    const char *file = files == nullptr
                           ? nullptr
                           : library_.dwarf_filesrc(files, number(&scopes.back(), DW_AT_call_file), nullptr, nullptr);
    here = {"", whole_path(unit, file), static_cast<uint32_t>(number(&scopes.back(), DW_AT_call_line))};
  }
  here.function = scopes.empty() ? "" : function_name(&scopes.back());
  lines.push_back(here);
  return lines;
}

// Where a build ran in a directory without a name ("."), so are its files' paths: the unit's directory says which part.
std::string DwarfFile::whole_path(Dwarf_Die *unit, const char *file) const {
  const std::string path = text_or_empty(file, kMaxPath);
  if (path.empty() || path[0] == '/') return path;
  Dwarf_Attribute attribute;
  const char *dir = library_.dwarf_formstring(library_.dwarf_attr(unit, DW_AT_comp_dir, &attribute));
  return dir == nullptr ? path : text_or_empty(dir, kMaxPath) + "/" + path;
}

std::string DwarfFile::function_name(Dwarf_Die *die) const {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name})
    if (const char *text = library_.dwarf_formstring(library_.dwarf_attr_integrate(die, name, &attribute)))
      return demangled(text_or_empty(text, kMaxPath));
  return demangled(text_or_empty(library_.dwarf_diename(die), kMaxPath));
}

uint64_t DwarfFile::number(Dwarf_Die *die, unsigned name) const {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return library_.dwarf_formudata(library_.dwarf_attr(die, name, &attribute), &value) == 0 ? value : 0;
}

}  // namespace pyro::symbols

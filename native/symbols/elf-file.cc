// How is an ELF file read without trusting it?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/elf-file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "symbols/rooted-open.h"

namespace pyro::symbols {
namespace {

constexpr off_t kMaxFile = off_t{8} << 30;  // and so no /proc/kcore
constexpr uint64_t kMaxChunk = uint64_t{256} << 20;
constexpr uint64_t kMaxSections = 100000;  // libelf allocates for as many as the file claims
constexpr size_t kMaxProgramHeaders = 1000;
constexpr size_t kMaxName = 4096;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
constexpr unsigned char kOurData = ELFDATA2LSB;
#else
constexpr unsigned char kOurData = ELFDATA2MSB;
#endif

// What libelf is not asked to open: other machines, and counts that would cost gigabytes.
// `read`: bytes from an offset; false if there are not so many.
template <typename Read>
std::string objection(const Read &read) {
  Elf64_Ehdr header;
  if (!read(&header, sizeof header, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "not an ELF file";
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != kOurData)
    return "of another kind of machine";
  uint64_t sections = header.e_shnum;
  if (sections == 0 && header.e_shoff != 0) {  // too many for the header: the first section says how many
    Elf64_Shdr first;
    if (header.e_shoff > static_cast<uint64_t>(kMaxFile) || !read(&first, sizeof first, header.e_shoff))
      return "not an ELF file";
    sections = first.sh_size;
  }
  return sections > kMaxSections ? "too many sections" : "";
}

Binding binding_of(const GElf_Sym &symbol) {
  switch (GELF_ST_BIND(symbol.st_info)) {
    case STB_LOCAL:
      return Binding::kLocal;
    case STB_WEAK:
      return Binding::kWeak;
    default:
      return Binding::kGlobal;
  }
}

}  // namespace

std::string hex(const unsigned char *bytes, size_t size) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; i++) {
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 15]);
  }
  return text;
}

ElfFile::~ElfFile() {
  if (elf_ != nullptr) library_.elf_end(elf_);
  if (fd_ >= 0) close(fd_);
}

std::string ElfFile::open(const std::string &root, const std::string &path) {
  fd_ = open_in_root(root, path);
  if (fd_ < 0 && errno == EINVAL) return "not a regular file";  // rooted-open.h
  if (fd_ < 0) return std::string("cannot open: ") + std::strerror(errno);
  struct stat st {};
  if (fstat(fd_, &st) != 0 || !S_ISREG(st.st_mode)) return "not a regular file";
  if (st.st_size > kMaxFile) return "too large";
  const std::string no = objection([this](void *to, size_t size, uint64_t at) {
    return pread(fd_, to, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
  });
  if (!no.empty()) return no;
  // Read, not mapped: a file that is truncated meanwhile must not kill us.
  elf_ = library_.elf_begin(fd_, ELF_C_READ, nullptr);
  return elf_ != nullptr && library_.elf_kind(elf_) == ELF_K_ELF ? "" : "not an ELF file";
}

std::string ElfFile::open(std::string bytes) {
  bytes_ = std::move(bytes);
  const std::string no = objection([this](void *to, size_t size, uint64_t at) {
    if (at > bytes_.size() || bytes_.size() - at < size) return false;
    std::memcpy(to, bytes_.data() + at, size);
    return true;
  });
  if (!no.empty()) return no;
  elf_ = library_.elf_memory(bytes_.data(), bytes_.size());
  return elf_ != nullptr && library_.elf_kind(elf_) == ELF_K_ELF ? "" : "not an ELF file";
}

std::vector<GElf_Phdr> ElfFile::program_headers(uint32_t type) const {
  std::vector<GElf_Phdr> found;
  size_t count = 0;
  if (library_.elf_getphdrnum(elf_, &count) != 0) return found;
  for (size_t i = 0; i < std::min(count, kMaxProgramHeaders); i++) {
    GElf_Phdr header;
    if (library_.gelf_getphdr(elf_, static_cast<int>(i), &header) == nullptr) break;
    if (header.p_type == type) found.push_back(header);
  }
  return found;
}

MappedBytes ElfFile::chunk(uint64_t offset, uint64_t size, uint64_t address) const {
  if (size == 0 || size > kMaxChunk || offset > static_cast<uint64_t>(INT64_MAX)) return {};
  Elf_Data *data = library_.elf_getdata_rawchunk(elf_, static_cast<int64_t>(offset), size, ELF_T_BYTE);
  if (data == nullptr || data->d_buf == nullptr) return {};
  return {static_cast<const unsigned char *>(data->d_buf), data->d_size, address};
}

std::string ElfFile::build_id_in(Elf_Data *notes) const {
  GElf_Nhdr note;
  size_t name_at, id_at;
  for (size_t at = 0; (at = library_.gelf_getnote(notes, at, &note, &name_at, &id_at)) > 0;) {
    if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || note.n_descsz > 64) continue;
    const auto *bytes = static_cast<const unsigned char *>(notes->d_buf);
    if (std::memcmp(bytes + name_at, "GNU", 4) == 0) return hex(bytes + id_at, note.n_descsz);
  }
  return "";
}

std::string ElfFile::build_id_at(uint64_t offset, uint64_t size, uint64_t align) const {
  if (size == 0 || size > kMaxChunk || offset > static_cast<uint64_t>(INT64_MAX)) return "";
  const Elf_Type type = align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
  Elf_Data *notes = library_.elf_getdata_rawchunk(elf_, static_cast<int64_t>(offset), size, type);
  return notes != nullptr ? build_id_in(notes) : "";
}

// Program headers of separate debug files may point where there are no notes any more; their sections still tell.
std::string ElfFile::build_id() const {
  for (const GElf_Phdr &header : program_headers(PT_NOTE)) {
    const std::string id = build_id_at(header.p_offset, header.p_filesz, header.p_align);
    if (!id.empty()) return id;
  }
  std::string id;
  sections([&](const GElf_Shdr &header, const char *, Elf_Scn *) {
    if (header.sh_type == SHT_NOTE && id.empty())
      id = build_id_at(header.sh_offset, header.sh_size, header.sh_addralign);
  });
  return id;
}

std::vector<AddressRange> ElfFile::code() const {
  std::vector<AddressRange> ranges;
  for (const GElf_Phdr &header : program_headers(PT_LOAD))
    if ((header.p_flags & PF_X) != 0 && header.p_memsz > 0 && header.p_vaddr + header.p_memsz > header.p_vaddr)
      ranges.push_back({header.p_vaddr, header.p_vaddr + header.p_memsz});
  return ranges;
}

void ElfFile::sections(const std::function<void(const GElf_Shdr &, const char *name, Elf_Scn *)> &each) const {
  size_t names = 0, seen = 0;
  GElf_Shdr of_names;
  const bool named = library_.elf_getshdrstrndx(elf_, &names) == 0 &&
                     library_.gelf_getshdr(library_.elf_getscn(elf_, names), &of_names) != nullptr &&
                     of_names.sh_size <= kMaxChunk;
  for (Elf_Scn *section = nullptr; (section = library_.elf_nextscn(elf_, section)) != nullptr && seen < kMaxSections;
       seen++) {
    GElf_Shdr header;
    if (library_.gelf_getshdr(section, &header) == nullptr) continue;
    const char *name = named ? library_.elf_strptr(elf_, names, header.sh_name) : nullptr;
    each(header, name != nullptr ? name : "", section);
  }
}

std::string ElfFile::section(std::string_view name, uint64_t limit) const {
  std::string bytes;
  sections([&](const GElf_Shdr &header, const char *called, Elf_Scn *) {
    if (name != called || header.sh_type == SHT_NOBITS || header.sh_size > limit) return;
    const MappedBytes found = chunk(header.sh_offset, header.sh_size, 0);
    bytes.assign(reinterpret_cast<const char *>(found.data), found.size);
  });
  return bytes;
}

bool ElfFile::functions(const std::function<void(std::string_view, uint64_t, uint64_t, Binding)> &each) const {
  bool full = false;
  sections([&](const GElf_Shdr &header, const char *, Elf_Scn *section) {
    if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) return;
    if (header.sh_size > kMaxChunk) return;
    functions_of(section, header, each);
    full = full || header.sh_type == SHT_SYMTAB;
  });
  return full;
}

void ElfFile::functions_of(Elf_Scn *section, const GElf_Shdr &header,
                           const std::function<void(std::string_view, uint64_t, uint64_t, Binding)> &each) const {
  Elf_Data *data = library_.elf_getdata(section, nullptr);
  if (data == nullptr || data->d_type != ELF_T_SYM || header.sh_entsize == 0) return;
  GElf_Shdr strings;
  if (library_.gelf_getshdr(library_.elf_getscn(elf_, header.sh_link), &strings) == nullptr) return;
  if (strings.sh_type != SHT_STRTAB || strings.sh_size > kMaxChunk) return;
  const size_t count = std::min<size_t>(data->d_size / header.sh_entsize, INT32_MAX);
  for (size_t i = 0; i < count; i++) {
    GElf_Sym symbol;
    if (library_.gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
    if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) continue;
    const char *name = library_.elf_strptr(elf_, header.sh_link, symbol.st_name);
    if (name == nullptr || name[0] == '\0') continue;
    each(std::string_view(name, strnlen(name, kMaxName)), symbol.st_value, symbol.st_size, binding_of(symbol));
  }
}

MappedBytes ElfFile::eh_frame_hdr() const {
  for (const GElf_Phdr &header : program_headers(PT_GNU_EH_FRAME))
    return chunk(header.p_offset, header.p_filesz, header.p_vaddr);
  return {};
}

MappedBytes ElfFile::bytes_from(uint64_t address) const {
  for (const GElf_Phdr &header : program_headers(PT_LOAD)) {
    if (address < header.p_vaddr || address - header.p_vaddr >= header.p_filesz) continue;
    const uint64_t skip = address - header.p_vaddr;
    if (header.p_offset + skip < skip) return {};
    return chunk(header.p_offset + skip, header.p_filesz - skip, address);
  }
  return {};
}

}  // namespace pyro::symbols

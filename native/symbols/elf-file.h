// What is inside one ELF file? A thin, distrustful view: any number in the file may be wrong.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/elf-library.h"

namespace pyro::symbols {

// Bytes of the file as they are mapped at `address`.
struct MappedBytes {
  const unsigned char *data = nullptr;
  uint64_t size = 0;
  uint64_t address = 0;
};

struct AddressRange {
  uint64_t begin, end;
};

std::string hex(const unsigned char *bytes, size_t size);

enum class Binding : uint8_t { kLocal, kWeak, kGlobal };

class ElfFile {
 public:
  explicit ElfFile(const ElfLibrary &library) : library_(library) {}
  ~ElfFile();
  ElfFile(const ElfFile &) = delete;
  ElfFile &operator=(const ElfFile &) = delete;

  // Opens `path` below `root` ("" = ours), symbolic links included. "" or why not.
  std::string open(const std::string &root, const std::string &path);
  // The same for a file in memory.
  std::string open(std::string bytes);
  // Hex; "" if there is none.
  std::string build_id() const;
  // Executable address ranges, as the program headers give them.
  std::vector<AddressRange> code() const;
  // Calls `each` for every defined function of all symbol tables; names live as long as this object.
  // Returns whether a full table (.symtab) was among them.
  bool functions(const std::function<void(std::string_view name, uint64_t start, uint64_t size, Binding)> &each) const;
  // The bytes of .eh_frame_hdr, and those from `address` to the end of what the file maps there. Empty if none.
  MappedBytes eh_frame_hdr() const;
  MappedBytes bytes_from(uint64_t address) const;
  // Calls `each` for every section; a name lives as long as this object.
  void sections(const std::function<void(const GElf_Shdr &, const char *name, Elf_Scn *)> &each) const;
  // As it lies in the file; "" if there is none, or it is larger than `limit`.
  std::string section(std::string_view name, uint64_t limit) const;
  const ElfLibrary &library() const { return library_; }
  Elf *elf() const { return elf_; }
  int fd() const { return fd_; }

 private:
  std::string build_id_at(uint64_t offset, uint64_t size, uint64_t align) const;
  std::string build_id_in(Elf_Data *notes) const;
  void functions_of(Elf_Scn *section, const GElf_Shdr &header,
                    const std::function<void(std::string_view, uint64_t, uint64_t, Binding)> &each) const;
  MappedBytes chunk(uint64_t offset, uint64_t size, uint64_t address) const;
  std::vector<GElf_Phdr> program_headers(uint32_t type) const;

  const ElfLibrary &library_;
  int fd_ = -1;
  std::string bytes_;
  Elf *elf_ = nullptr;
};

}  // namespace pyro::symbols

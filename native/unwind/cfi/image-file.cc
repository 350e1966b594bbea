// What is read of a module from its file, if that is still the one that was loaded? Instructions, which so do not
// become resident, and .eh_frame, where nothing in memory says where it lies.
// SPDX-License-Identifier: MPL-2.0
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <cstring>

#include "unwind/cfi/byte-reader.h"
#include "unwind/cfi/image.h"

namespace pyro::unwind {
namespace {

constexpr size_t kLargestText = size_t{24} << 20;  // copied as a whole for a moment
constexpr size_t kLargestNote = 4096;
constexpr uint32_t kMostHeaders = 64;
constexpr size_t kLargestEhFrame = kLargestText;
constexpr char kEhFrame[] = ".eh_frame";
constexpr uint32_t kUnwindType = 0x70000001;  // SHT_X86_64_UNWIND, which older C libraries do not name

class File {
 public:
  explicit File(const char *path) : fd_(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File &) = delete;
  File &operator=(const File &) = delete;
  bool read(uint64_t offset, void *into, size_t size) const {
    auto *at = static_cast<uint8_t *>(into);
    while (size > 0) {
      const ssize_t got = fd_ < 0 ? -1 : pread(fd_, at, size, static_cast<off_t>(offset));
      if (got <= 0) return false;
      at += got;
      offset += static_cast<uint64_t>(got);
      size -= static_cast<size_t>(got);
    }
    return true;
  }

 private:
  int fd_;
};

bool holds_build_id(const File &file, const ElfW(Phdr) & header, const Image &image) {
  uint8_t note[kLargestNote];
  const size_t size = header.p_filesz < sizeof note ? header.p_filesz : sizeof note;
  if (!file.read(header.p_offset, note, size)) return false;
  for (size_t i = 0; i + 12 + 4 + image.build_id_size <= size; i += 4)
    if (memcmp(note + i + 12, "GNU", 4) == 0 && memcmp(note + i + 16, image.build_id, image.build_id_size) == 0)
      return true;
  return false;
}

bool is_elf(const File &file, ElfW(Ehdr) & elf) {
  return file.read(0, &elf, sizeof elf) && memcmp(elf.e_ident, ELFMAG, SELFMAG) == 0 &&
         elf.e_phentsize == sizeof(ElfW(Phdr)) && elf.e_phnum <= kMostHeaders;
}

// Is this the file that was loaded? Only a build id can prove it: a package may have been replaced under a running
// program.
bool is_image(const File &file, const ElfW(Ehdr) & elf, const Image &image) {
  if (image.build_id_size == 0) return false;
  for (uint32_t i = 0; i < elf.e_phnum; i++) {
    ElfW(Phdr) header;
    if (!file.read(elf.e_phoff + i * sizeof header, &header, sizeof header)) return false;
    if (header.p_type == PT_NOTE && holds_build_id(file, header, image)) return true;
  }
  return false;
}

// For a module without a build id: the file's header and program headers, every size and place in them, are those in
// memory.
bool has_same_headers(const File &file, const ElfW(Ehdr) & elf, const Image &image) {
  const size_t size = sizeof elf + elf.e_phnum * sizeof(ElfW(Phdr));
  uint8_t headers[sizeof elf + kMostHeaders * sizeof(ElfW(Phdr))];
  const uint8_t *loaded = image.at(image.load.start);
  return elf.e_phoff == sizeof elf && size <= image.load.end - image.load.start && is_backed(loaded, size) &&
         file.read(0, headers, size) && memcmp(headers, loaded, size) == 0;
}

// A loaded section that may be .eh_frame, and is called so.
bool is_eh_frame(const File &file, const ElfW(Shdr) & section, const ElfW(Shdr) & names) {
  char name[sizeof kEhFrame];
  return (section.sh_type == SHT_PROGBITS || section.sh_type == kUnwindType) && (section.sh_flags & SHF_ALLOC) &&
         section.sh_name < names.sh_size && file.read(names.sh_offset + section.sh_name, name, sizeof name) &&
         memcmp(name, kEhFrame, sizeof name) == 0;
}

bool find_eh_frame(const File &file, const ElfW(Ehdr) & elf, ElfW(Shdr) & out) {
  const auto read_header = [&](uint64_t i, ElfW(Shdr) & header) {
    return file.read(elf.e_shoff + i * sizeof header, &header, sizeof header);
  };
  ElfW(Shdr) names;
  if (elf.e_shentsize != sizeof names || !read_header(elf.e_shstrndx, names)) return false;
  for (uint32_t i = 0; i < elf.e_shnum && read_header(i, out); i++)
    if (is_eh_frame(file, out, names)) return true;
  return false;
}

}  // namespace

bool read_text(const Image &image, const char *path, uint32_t which, MappedArray<uint8_t> &out) {
  const size_t size = image.text[which].end - image.text[which].start;
  if (size > kLargestText || !out.resize(size)) return false;
  if (!image.vdso) {
    const File file(path);
    ElfW(Ehdr) elf;
    if (is_elf(file, elf) && is_image(file, elf, image) && file.read(image.text_file[which], out.data(), size))
      return true;
  }
  if (!is_backed(image.at(image.text[which].start), size)) return false;
  memcpy(out.data(), image.at(image.text[which].start), size);
  return true;
}

bool read_eh_frame(const Image &image, const char *path, MappedArray<uint8_t> &out, uint64_t *address) {
  const File file(path);
  ElfW(Ehdr) elf;
  ElfW(Shdr) section;
  if (!is_elf(file, elf) ||
      (!is_image(file, elf, image) && (image.build_id_size > 0 || !has_same_headers(file, elf, image))))
    return false;
  if (!find_eh_frame(file, elf, section) || section.sh_size > kLargestEhFrame) return false;
  if (section.sh_addr < image.load.start || section.sh_addr > image.load.end ||
      section.sh_size > image.load.end - section.sh_addr)
    return false;
  *address = section.sh_addr;
  return out.resize(section.sh_size) && file.read(section.sh_offset, out.data(), section.sh_size);
}

}  // namespace pyro::unwind

// Where are a module's instructions read from without making them resident? From its file, if it is still the same.
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

// Is this the file that was loaded? Only a build id can prove it: a package may have been replaced under a running
// program.
bool is_image(const File &file, const Image &image) {
  ElfW(Ehdr) elf;
  if (image.build_id_size == 0 || !file.read(0, &elf, sizeof elf) || memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0)
    return false;
  if (elf.e_phentsize != sizeof(ElfW(Phdr)) || elf.e_phnum > kMostHeaders) return false;
  for (uint32_t i = 0; i < elf.e_phnum; i++) {
    ElfW(Phdr) header;
    if (!file.read(elf.e_phoff + i * sizeof header, &header, sizeof header)) return false;
    if (header.p_type == PT_NOTE && holds_build_id(file, header, image)) return true;
  }
  return false;
}

}  // namespace

bool read_text(const Image &image, const char *path, uint32_t which, MappedArray<uint8_t> &out) {
  const size_t size = image.text[which].end - image.text[which].start;
  if (size > kLargestText || !out.resize(size)) return false;
  if (!image.vdso) {
    const File file(path);
    if (is_image(file, image) && file.read(image.text_file[which], out.data(), size)) return true;
  }
  if (!is_backed(image.at(image.text[which].start), size)) return false;
  memcpy(out.data(), image.at(image.text[which].start), size);
  return true;
}

}  // namespace pyro::unwind

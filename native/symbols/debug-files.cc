// Where do distributions put what they strip, and is it of this build?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/debug-files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "symbols/xz.h"

namespace pyro::symbols {
namespace {

constexpr uint64_t kMaxLink = 4096;
constexpr uint64_t kMaxPacked = uint64_t{16} << 20;
constexpr size_t kMaxUnpacked = size_t{64} << 20;
constexpr uint64_t kMaxChecked = uint64_t{1} << 30;  // a second or so of reading

using Bytes = std::array<unsigned char, 65536>;

std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xedb88320 ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

bool crc_is(int fd, uint32_t wanted) {
  static const std::array<uint32_t, 256> table = crc_table();
  auto bytes = std::make_unique<Bytes>();
  uint32_t crc = ~uint32_t{0};
  for (uint64_t at = 0; at < kMaxChecked;) {
    const ssize_t n = pread(fd, bytes->data(), bytes->size(), static_cast<off_t>(at));
    if (n < 0) return false;
    if (n == 0) return ~crc == wanted;
    for (ssize_t i = 0; i < n; i++) crc = table[(crc ^ (*bytes)[static_cast<size_t>(i)]) & 0xff] ^ (crc >> 8);
    at += static_cast<uint64_t>(n);
  }
  return false;
}

std::unique_ptr<ElfFile> open_if_fits(const ElfLibrary &library, const std::string &root, const std::string &path,
                                      const std::string &build_id) {
  auto file = std::make_unique<ElfFile>(library);
  return file->open(root, path).empty() && file->build_id() == build_id ? std::move(file) : nullptr;
}

std::string in_build_id_directory(const std::string &id) {
  return "/usr/lib/debug/.build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug";
}

// The target's first: it is the one that runs.
std::vector<std::string> roots_of(const std::string &root) {
  return root.empty() ? std::vector<std::string>{""} : std::vector<std::string>{root, ""};
}

// A name, then zeros up to a multiple of four, then the checksum.
struct DebugLink {
  std::string name;
  uint32_t crc = 0;
};

DebugLink debug_link_of(const ElfFile &module) {
  const std::string bytes = module.section(".gnu_debuglink", kMaxLink);
  DebugLink link{bytes.substr(0, bytes.find('\0')), 0};
  const size_t crc_at = (link.name.size() + 4) & ~size_t{3};
  const bool odd = link.name.empty() || link.name.find('/') != std::string::npos || link.name[0] == '.';
  if (odd || crc_at + 4 > bytes.size()) return {};
  std::memcpy(&link.crc, bytes.data() + crc_at, sizeof link.crc);
  return link;
}

// A file of another build may lie there under the right name: its checksum and the build-id of both, if any, tell.
std::unique_ptr<ElfFile> find_linked(const ElfLibrary &library, const Query &query, const ElfFile &module) {
  const DebugLink link = debug_link_of(module);
  const std::string dir = query.path.substr(0, query.path.rfind('/') + 1);
  if (link.name.empty() || dir.empty()) return nullptr;
  for (const std::string &root : roots_of(query.root))
    for (const std::string &path : {dir + link.name, dir + ".debug/" + link.name, "/usr/lib/debug" + dir + link.name}) {
      auto file = std::make_unique<ElfFile>(library);
      if (path == query.path || !file->open(root, path).empty() || !crc_is(file->fd(), link.crc)) continue;
      const std::string id = file->build_id();
      if (id.empty() || id == query.build_id) return file;
    }
  return nullptr;
}

}  // namespace

const char *text_of(Source source) {
  static const char *const kTexts[] = {"",          ".dynsym",    ".gnu_debugdata", "build-id",
                                       "debuglink", "debuginfod", ".symtab"};
  return kTexts[static_cast<size_t>(source)];
}

bool is_build_id(const std::string &text) {
  return text.size() >= 4 && text.size() <= 128 && text.size() % 2 == 0 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

DebugFile find_debug_file(const ElfLibrary &library, const Query &query, const ElfFile *module) {
  const std::string &id = query.build_id;
  if (is_build_id(id))
    for (const std::string &root : roots_of(query.root))
      if (auto file = open_if_fits(library, root, in_build_id_directory(id), id))
        return {std::move(file), Source::kBuildId};
  if (module != nullptr)
    if (auto file = find_linked(library, query, *module)) return {std::move(file), Source::kDebugLink};
  if (is_build_id(id) && !query.debug_file.empty())
    if (auto file = open_if_fits(library, "", query.debug_file, id)) return {std::move(file), Source::kDebugFile};
  return {};
}

// A path, zero, the other file's build-id.
std::unique_ptr<ElfFile> find_alternate_file(const ElfFile &debug, const std::string &root) {
  const std::string bytes = debug.section(".gnu_debugaltlink", kMaxLink);
  const std::string path = bytes.substr(0, bytes.find('\0'));
  if (path.empty() || path.size() + 1 >= bytes.size()) return nullptr;
  const size_t at = path.size() + 1;
  const std::string id = hex(reinterpret_cast<const unsigned char *>(bytes.data()) + at, bytes.size() - at);
  if (!is_build_id(id)) return nullptr;
  std::vector<std::string> paths{in_build_id_directory(id)};
  if (path[0] == '/') paths.push_back(path);
  for (const std::string &where : roots_of(root))
    for (const std::string &each : paths)
      if (auto file = open_if_fits(debug.library(), where, each, id)) return file;
  return nullptr;
}

std::unique_ptr<ElfFile> open_mini_debug_info(const ElfFile &module) {
  const std::string packed = module.section(".gnu_debugdata", kMaxPacked);
  std::string bytes = packed.empty() ? "" : unpacked_xz(packed, kMaxUnpacked);
  if (bytes.empty()) return nullptr;
  auto file = std::make_unique<ElfFile>(module.library());
  return file->open(std::move(bytes)).empty() ? std::move(file) : nullptr;
}

}  // namespace pyro::symbols

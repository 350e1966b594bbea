// What if no header in memory says where a module's .eh_frame lies? Its file says it, if it is the one that was loaded.
// SPDX-License-Identifier: MPL-2.0
#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>
#include <link.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>

#include "modules-ready.h"
#include "unwind/cfi/cfi.h"
#include "unwind/cfi/image.h"

namespace pyro::unwind::test {
namespace {

using File = std::string;

File contents(const char *path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

template <typename T>
T &at(File &file, uint64_t offset) {
  return *reinterpret_cast<T *>(&file[offset]);
}
ElfW(Ehdr) & header(File &file) { return at<ElfW(Ehdr)>(file, 0); }
ElfW(Shdr) & section(File &file, uint64_t i) { return at<ElfW(Shdr)>(file, header(file).e_shoff + i * 64); }
ElfW(Shdr) & eh_frame(File &file) {
  uint64_t i = 0;
  const uint64_t names = section(file, header(file).e_shstrndx).sh_offset;
  while (strcmp(&file[names + section(file, i).sh_name], ".eh_frame") != 0) i++;
  return section(file, i);
}

File without(uint32_t type, File file) {
  for (uint64_t i = 0; i < header(file).e_phnum; i++) {
    auto &program = at<ElfW(Phdr)>(file, header(file).e_phoff + i * sizeof(ElfW(Phdr)));
    if (program.p_type == type) program.p_type = PT_NULL;
  }
  return file;
}

// As a linker leaves it that was told --no-eh-frame-hdr; and as one that was told --build-id=none besides.
File without_eh_frame_hdr(const char *path) { return without(PT_GNU_EH_FRAME, contents(path)); }
File without_build_id(const char *path) { return without(PT_NOTE, without_eh_frame_hdr(path)); }

// A file that is loaded, and may then be replaced by another one, as an upgrade does.
class Loaded {
 public:
  explicit Loaded(const File &file) {
    close(mkstemp(path_));
    replace(file);
    library_ = dlopen(path_, RTLD_NOW | RTLD_LOCAL);
  }
  ~Loaded() {
    if (library_) dlclose(library_);
    unlink(path_);
  }
  const char *path() const { return path_; }
  void *symbol(const char *name) const { return library_ ? dlsym(library_, name) : nullptr; }
  void replace(const File &file) const {
    const std::string other = std::string(path_) + ".new";
    std::ofstream(other, std::ios::binary) << file;
    ASSERT_EQ(rename(other.c_str(), path_), 0);
  }
  Image image() const {
    ImageList list;
    list_images(list);
    for (const Image &image : list.images)
      if (strcmp(list.names.data() + image.name, path_) == 0) return image;
    ADD_FAILURE() << path_ << " is not loaded";
    return {};
  }

 private:
  char path_[40] = "/tmp/gst-pyroscope-image-XXXXXX";
  void *library_ = nullptr;
};

uint64_t rows_of(const Loaded &library, const char *function) {
  ModuleMap &map = ModuleMap::instance();
  map.refresh();
  const uint64_t before = map.stats().rows;
  map.request_table_for(library.symbol(function));
  map.refresh();
  return map.stats().rows - before;
}

// Rows found by the file's section headers; 0: nothing was read, or what was read made no sense.
size_t rows_by_sections(const Loaded &library, const Image &image) {
  MappedArray<uint8_t> bytes;
  uint64_t address = 0;
  if (!read_eh_frame(image, library.path(), bytes, &address)) return 0;
  RuleDictionary dictionary;
  Cfi cfi;
  const Section section{bytes.data(), bytes.size(), address, 0};
  const CfiError error = read_cfi(section, image.text[0].start, image.text[image.texts - 1].end, dictionary, cfi);
  return error == CfiError::kNone ? cfi.rows.size() : 0;
}

TEST(ImageFile, a_module_without_eh_frame_hdr_has_the_rows_of_one_with_it) {
  build_tables();
  const Loaded whole(contents(COME_AND_GO));
  rows_of(whole, "come_and_go");  // what it is linked with has its tables from here on
  const Loaded again(contents(COME_AND_GO)), stripped(without_eh_frame_hdr(COME_AND_GO));
  const Loaded nameless(without_build_id(COME_AND_GO));
  EXPECT_EQ(stripped.image().eh_frame_hdr.end, 0u);
  EXPECT_GT(stripped.image().build_id_size, 0u);
  EXPECT_EQ(nameless.image().build_id_size, 0u);
  const uint64_t rows = rows_of(again, "come_and_go");
  EXPECT_GT(rows, 3u);
  EXPECT_EQ(rows_of(stripped, "come_and_go"), rows);
  EXPECT_EQ(rows_of(nameless, "come_and_go"), rows);
  EXPECT_EQ(ModuleMap::instance().stats().broken, 0u);
  EXPECT_EQ(ModuleMap::instance().stats().blind, nullptr);
}

TEST(ImageFile, a_file_that_is_not_the_one_that_was_loaded_is_not_believed) {
  const File large = without_eh_frame_hdr(LARGE_FRAME);
  const Loaded small(without_eh_frame_hdr(SMALL_FRAME)), nameless(without_build_id(COME_AND_GO));
  const Image image = small.image(), other = nameless.image();
  EXPECT_GT(rows_by_sections(small, image), 0u);
  EXPECT_GT(rows_by_sections(nameless, other), 0u);
  small.replace(large);
  EXPECT_EQ(rows_by_sections(small, image), 0u) << "another build id";
  nameless.replace(large);
  EXPECT_EQ(rows_by_sections(nameless, other), 0u) << "no build id, and other headers";
  nameless.replace("");
  EXPECT_EQ(rows_by_sections(nameless, other), 0u) << "an empty file";
  unlink(nameless.path());
  EXPECT_EQ(rows_by_sections(nameless, other), 0u) << "no file";
}

TEST(ImageFile, section_headers_that_make_no_sense_are_refused) {
  const File good = without_eh_frame_hdr(SMALL_FRAME);
  const Loaded library(good);
  const Image image = library.image();
  ASSERT_GT(rows_by_sections(library, image), 0u);
  const auto refused = [&](const char *what, void (*damage)(File &)) {
    File bad = good;
    damage(bad);
    library.replace(bad);
    EXPECT_EQ(rows_by_sections(library, image), 0u) << what;
  };
  refused("headers behind the end", [](File &file) { header(file).e_shoff = file.size(); });
  refused("headers at the end of all numbers", [](File &file) { header(file).e_shoff = UINT64_MAX - 8; });
  refused("names in no section", [](File &file) { header(file).e_shstrndx = 60000; });
  refused("headers of another size", [](File &file) { header(file).e_shentsize = 8; });
  refused("no names", [](File &file) { section(file, header(file).e_shstrndx).sh_size = 0; });
  refused("a section without bytes", [](File &file) { eh_frame(file).sh_type = SHT_NOBITS; });
  refused("a section that is not loaded", [](File &file) { eh_frame(file).sh_flags = 0; });
  refused("a section of all sizes", [](File &file) { eh_frame(file).sh_size = UINT64_MAX; });
  refused("a section larger than the module", [](File &file) { eh_frame(file).sh_size = uint64_t{1} << 30; });
  refused("an empty section", [](File &file) { eh_frame(file).sh_size = 0; });
  refused("a section outside the module", [](File &file) { eh_frame(file).sh_addr = uint64_t{1} << 40; });
  refused("a section behind the file", [](File &file) { eh_frame(file).sh_offset = file.size(); });
}

TEST(ImageFile, another_unwinder_is_let_in_only_where_the_header_leads_to_entries) {
  const Loaded whole(contents(COME_AND_GO)), stripped(without_eh_frame_hdr(COME_AND_GO));
  File bad = contents(COME_AND_GO);
  at<uint32_t>(bad, eh_frame(bad).sh_offset) = 0;
  const Loaded damaged(bad);
  EXPECT_TRUE(ModuleMap::is_safe_for_libgcc(whole.symbol("come_and_go")));
  EXPECT_TRUE(ModuleMap::is_safe_for_libgcc(stripped.symbol("come_and_go"))) << "libgcc ends there";
  EXPECT_FALSE(ModuleMap::is_safe_for_libgcc(damaged.symbol("come_and_go")));
}

TEST(ImageFile, any_bytes_in_the_file_behind_its_notes_do_no_harm) {
  const File good = without_eh_frame_hdr(SMALL_FRAME);
  const Loaded library(good);
  const Image image = library.image();
  std::mt19937_64 random(4711);
  size_t read = 0;
  for (int round = 0; round < 500; round++) {
    File bad = good;
    const uint64_t sections = header(bad).e_shoff, frames = eh_frame(bad).sh_offset, size = eh_frame(bad).sh_size;
    for (int lies = 0; lies < 3; lies++) {
      const uint64_t place = random() % 2 ? sections + random() % (bad.size() - sections) : frames + random() % size;
      bad[place] = static_cast<char>(random());
    }
    library.replace(bad);
    read += rows_by_sections(library, image) > 0;
  }
  printf("  %zu of 500 damaged files had rows\n", read);
  EXPECT_GT(read, 0u);
}

}  // namespace
}  // namespace pyro::unwind::test

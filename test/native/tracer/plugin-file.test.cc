// Is the plugin file as harmless to load as it claims?
// SPDX-License-Identifier: MPL-2.0
#include <elf.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "pipeline.h"

namespace pyro::test {
namespace {

// The parts of an ELF file that say what loading it means.
class ElfFile {
 public:
  explicit ElfFile(const char *path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    header_ = at<Elf64_Ehdr>(0);
  }
  bool valid() const { return bytes_.size() > sizeof(Elf64_Ehdr) && std::memcmp(bytes_.data(), ELFMAG, SELFMAG) == 0; }

  uint64_t tls_bytes() const {
    for (int i = 0; i < header_.e_phnum; i++) {
      const auto program = at<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr));
      if (program.p_type == PT_TLS) return program.p_memsz;
    }
    return 0;
  }

  // Thread-local variables in the namespace pyro, by the symbol table that stripping would take away.
  size_t thread_locals() const {
    const Elf64_Shdr symbols = find(SHT_SYMTAB);
    size_t count = 0;
    for (uint64_t i = 1; i < symbols.sh_size / sizeof(Elf64_Sym); i++) {
      const auto symbol = at<Elf64_Sym>(symbols.sh_offset + i * sizeof(Elf64_Sym));
      if (ELF64_ST_TYPE(symbol.st_info) != STT_TLS || text(symbols, symbol.st_name).find("4pyro") == std::string::npos)
        continue;
      EXPECT_EQ(symbol.st_size, sizeof(void *));
      count++;
    }
    return count;
  }

  uint64_t dynamic(int64_t tag) const {
    const Elf64_Shdr section = find(SHT_DYNAMIC);
    for (uint64_t i = 0; i < section.sh_size / sizeof(Elf64_Dyn); i++) {
      const auto entry = at<Elf64_Dyn>(section.sh_offset + i * sizeof(Elf64_Dyn));
      if (entry.d_tag == tag) return entry.d_un.d_val;
    }
    return 0;
  }

  std::set<std::string> needed() const {
    const Elf64_Shdr section = find(SHT_DYNAMIC);
    std::set<std::string> names;
    for (uint64_t i = 0; i < section.sh_size / sizeof(Elf64_Dyn); i++) {
      const auto entry = at<Elf64_Dyn>(section.sh_offset + i * sizeof(Elf64_Dyn));
      if (entry.d_tag == DT_NEEDED) names.insert(text(section, entry.d_un.d_val));
    }
    return names;
  }

  std::set<std::string> defined() const {
    const Elf64_Shdr section = find(SHT_DYNSYM);
    std::set<std::string> names;
    for (uint64_t i = 1; i < section.sh_size / sizeof(Elf64_Sym); i++) {
      const auto symbol = at<Elf64_Sym>(section.sh_offset + i * sizeof(Elf64_Sym));
      if (symbol.st_shndx != SHN_UNDEF) names.insert(text(section, symbol.st_name));
    }
    return names;
  }

 private:
  template <typename T>
  T at(uint64_t offset) const {
    T value{};
    if (offset + sizeof value <= bytes_.size()) std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  Elf64_Shdr section(uint64_t index) const { return at<Elf64_Shdr>(header_.e_shoff + index * sizeof(Elf64_Shdr)); }
  Elf64_Shdr find(uint32_t type) const {
    for (int i = 0; i < header_.e_shnum; i++)
      if (section(i).sh_type == type) return section(i);
    return {};
  }
  std::string text(const Elf64_Shdr &of, uint64_t offset) const {
    return bytes_.data() + section(of.sh_link).sh_offset + offset;
  }

  std::vector<char> bytes_;
  Elf64_Ehdr header_;
};

TEST(PluginFile, TakesHardlyAnyStaticThreadLocalStorage) {
  const ElfFile file(PLUGIN_FILE);
  ASSERT_TRUE(file.valid());
  // One pointer of ours, and two words that the C++ library linked into it keeps for exceptions.
  EXPECT_EQ(file.thread_locals(), 1u) << "ours by name";
  EXPECT_LE(file.tls_bytes(), 24u) << "larger blocks keep other plugins from loading";
  EXPECT_TRUE(file.dynamic(DT_FLAGS) & DF_STATIC_TLS) << "initial-exec: no lazy allocation in a handler";
}

TEST(PluginFile, IsNeverUnloadedWhileItsHandlerAndWrappersAreInUse) {
  EXPECT_TRUE(ElfFile(PLUGIN_FILE).dynamic(DT_FLAGS_1) & DF_1_NODELETE);
}

TEST(PluginFile, BringsNoLibraryThatGStreamerDoesNotHave) {
  for (const std::string &name : ElfFile(PLUGIN_FILE).needed()) {
    const bool known = name.rfind("libgst", 0) == 0 || name.rfind("libglib-2.0", 0) == 0 ||
                       name.rfind("libgobject-2.0", 0) == 0 || name.rfind("libc.so", 0) == 0 ||
                       name.rfind("libm.so", 0) == 0 || name.rfind("ld-linux", 0) == 0;
    EXPECT_TRUE(known) << name;
  }
}

TEST(PluginFile, ExportsWhatGStreamerLooksForAndNothingElse) {
  const std::set<std::string> wanted{"gst_plugin_pyroscope_get_desc", "gst_plugin_pyroscope_register"};
  EXPECT_EQ(ElfFile(PLUGIN_FILE).defined(), wanted);
}

TEST(PluginFile, TheTracerRegistersNoHook) {
  // A tracer with any hook is listed here, and one hook switches on dispatch at every hook point of the process.
  GList *hooked = gst_tracing_get_active_tracers();
  EXPECT_EQ(g_list_length(hooked), 0u);
  g_list_free_full(hooked, gst_object_unref);
  GType type = g_type_from_name("GstPyroProfilerTracer");
  EXPECT_NE(type, G_TYPE_INVALID) << "though it is there";
}

TEST(PluginFile, ConstructionStartsNothing) {
  if (thread_count() > 1) GTEST_SKIP() << "other tests ran pipelines in this process";
  EXPECT_NE(g_type_from_name("GstPyroProfilerTracer"), G_TYPE_INVALID);
  EXPECT_EQ(own_segment(), nullptr);
  GstElement *element = gst_element_factory_make("identity", nullptr);
  gst_object_unref(element);
  EXPECT_EQ(own_segment(), nullptr) << "nor do elements that never get a buffer";
  EXPECT_EQ(thread_count(), 1);
}

}  // namespace
}  // namespace pyro::test

// Does a broken or malicious file cost more than its names?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <random>

#include "fixture.h"
#include "symbols/demangle.h"
#include "symbols/eh-frame.h"

using namespace pyro::symbols;

namespace {

class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("elf", MFD_CLOEXEC)) {}
  ~MemoryFile() { close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  void write(const std::string &bytes) {
    if (ftruncate(fd_, 0) != 0 || pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      abort();
  }

 private:
  int fd_;
};

// Opens the file as the symbolizer would, but believes any build-id, so that the rest is read as well.
void look_into(const ElfLibrary &library, const std::string &path, uint64_t address) {
  ElfFile file(library);
  if (!file.open("", path).empty()) return;
  file.build_id();
  FunctionIndex index(file.code());
  index.add_ranges(function_ranges(eh_frame_of(file), file.code()));
  file.functions([&](std::string_view name, uint64_t start, uint64_t size, Binding binding) {
    index.add_symbol(name, start, size, binding);
    demangled(name);
  });
  index.finish();
  for (uint64_t at = 0; at < 0x3000; at += 64) {
    const Found found = index.find(at);
    if (found.in_function) {
      ASSERT_LE(found.start, static_cast<int64_t>(at));
    }
  }
  index.find(address);
  index.find(UINT64_MAX);
}

// Highest so far.
long resident_pages() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 4;
}

}  // namespace

TEST(HostileElf, FlippedBytesInHeadersAndTablesNeitherCrashNorHang) {
  ElfLibrary library;
  ASSERT_TRUE(library.open("libelf.so.1"));
  const uint64_t alpha = address_of("fixture_alpha");
  MemoryFile file;
  std::mt19937_64 random(4711);
  for (const std::string &path : {kFixture, kStripped}) {
    const std::string good = contents(path);
    for (int round = 0; round < 10000; round++) {
      std::string bad = good;
      // Half of the lies go into the file header and program headers, or the section headers at the end.
      for (uint64_t lies = 1 + random() % 6; lies > 0; lies--) {
        const uint64_t pick = random() % 4;
        const size_t at = pick == 0   ? random() % 1024
                          : pick == 1 ? bad.size() - 1 - random() % 2048
                                      : random() % bad.size();
        bad[at] = random() & 1 ? static_cast<char>(random()) : static_cast<char>(bad[at] ^ (1 << random() % 8));
      }
      if (round % 10 == 0) bad.resize(random() % bad.size());
      file.write(bad);
      look_into(library, file.path(), alpha);
      if (HasFatalFailure()) FAIL() << path << " round " << round;
    }
  }
}

TEST(HostileElf, EveryByteOfTheFirstKilobyteMayBeAllOnes) {
  ElfLibrary library;
  ASSERT_TRUE(library.open("libelf.so.1"));
  const std::string good = contents(kFixture);
  MemoryFile file;
  for (size_t at = 0; at < 1024; at++) {
    std::string bad = good;
    for (size_t i = at; i < at + 8; i++) bad[i] = '\xff';
    file.write(bad);
    look_into(library, file.path(), 0x1000);
  }
}

TEST(HostileElf, SizesThatAFileClaimsAreNotAllocated) {
  ElfLibrary library;
  ASSERT_TRUE(library.open("libelf.so.1"));
  const std::string good = contents(kFixture);
  Elf64_Ehdr header;
  std::memcpy(&header, good.data(), sizeof header);
  // A sparse file of 4 GB makes every size below plausible.
  const int fd = memfd_create("elf", MFD_CLOEXEC);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  ASSERT_EQ(ftruncate(fd, off_t{4} << 30), 0);
  ASSERT_EQ(pwrite(fd, good.data(), good.size(), 0), static_cast<ssize_t>(good.size()));
  const long before = resident_pages();
  for (int section = 0; section < header.e_shnum; section++) {
    const off_t at = static_cast<off_t>(header.e_shoff) + section * header.e_shentsize + offsetof(Elf64_Shdr, sh_size);
    const uint64_t huge = uint64_t{3} << 30;
    ASSERT_EQ(pwrite(fd, &huge, sizeof huge, at), 8);
    look_into(library, path, 0x1000);
  }
  const uint16_t none = 0;  // extended numbering: section 0 says 3 << 30
  ASSERT_EQ(pwrite(fd, &none, sizeof none, offsetof(Elf64_Ehdr, e_shnum)), 2);
  ElfFile file(library);
  EXPECT_EQ(file.open("", path), "too many sections");
  EXPECT_LT(resident_pages() - before, (100 << 20) / 4096);
  close(fd);
}

TEST(HostileElf, FlippedBytesInLinesAndFunctionsNeitherCrashNorHang) {
  const std::string good = contents(kLines), id = build_id_of(kLines);
  ElfLibrary library;
  ASSERT_TRUE(library.open("libelf.so.1"));
  ElfFile whole(library);
  ASSERT_EQ(whole.open("", kLines), "");
  std::vector<std::pair<size_t, size_t>> places;
  std::vector<uint64_t> addresses;
  whole.sections([&](const GElf_Shdr &header, const char *name, Elf_Scn *) {
    if (std::string(name).compare(0, 7, ".debug_") == 0) places.push_back({header.sh_offset, header.sh_size});
    if (std::string(name) != ".text") return;
    for (uint64_t at = 0; at < header.sh_size; at += 5) addresses.push_back(header.sh_addr + at);
  });
  ASSERT_GT(places.size(), 4u);
  MemoryFile file;
  std::mt19937_64 random(815);
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < 3000; round++) {
    std::string bad = good;
    for (uint64_t lies = 1 + random() % 8; lies > 0; lies--) {
      const auto [offset, size] = places[random() % places.size()];
      bad[offset + random() % size] = random() & 1 ? static_cast<char>(random()) : '\xff';
    }
    file.write(bad);
    Symbolizer symbolizer;
    EXPECT_EQ(symbolizer.answer({file.path(), id, "", addresses}).names.size(), addresses.size());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(120));
}

TEST(HostileElf, RandomUnwindDataEnds) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20000; round++) {
    std::vector<unsigned char> bytes(random() % 400);
    for (unsigned char &byte : bytes) byte = random() % 3 ? random() % 32 : random();
    const MappedBytes mapped{bytes.data(), bytes.size(), random() % 2 ? 0 : UINT64_MAX - 100};
    for (const AddressRange &range : function_ranges(mapped, {{0, 1u << 20}})) ASSERT_LT(range.begin, range.end);
  }
  EXPECT_TRUE(function_ranges({nullptr, 0, 0}, {{0, 1u << 20}}).empty());
}

TEST(HostileElf, ANameThatExplodesWhenDemangledStaysAsItIs) {
  // Each part refers twice to the one before: 2^24 leaves.
  std::string name = "_Z1f1PIiiES_IS0_S0_E";
  for (char c = '0'; c < '9'; c++)
    name += std::string("S_IS") + static_cast<char>(c + 1) + "_S" + static_cast<char>(c + 1) + "_E";
  for (char c = 'A'; c < 'N'; c++) name += std::string("S_IS") + c + "_S" + c + "_E";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(demangled(name), name);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
  EXPECT_LE(demangled("_Z" + std::string(100000, 'P')).size(), 600u);
  EXPECT_LE(demangled(std::string(100000, 'x')).size(), 600u);
  EXPECT_EQ(demangled("_ZN3foo3barEv"), "foo::bar()");
  EXPECT_EQ(demangled("_Znot mangled"), "_Znot mangled");
}

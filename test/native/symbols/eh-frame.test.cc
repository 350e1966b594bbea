// Are the functions of a stripped file found, by .eh_frame_hdr or without it, and nowhere else than in its code?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/eh-frame.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include "fixture.h"

namespace pyro::symbols {
namespace {

class EhFrame : public testing::Test {
 protected:
  EhFrame() {
    if (!library_.open("libelf.so.1")) abort();
  }
  std::vector<AddressRange> functions_of(std::string bytes) {
    ElfFile file(library_);
    EXPECT_EQ(file.open(std::move(bytes)), "");
    code_ = file.code();
    return function_ranges(eh_frame_of(file), code_);
  }
  // How many functions begin at this address.
  static int beginning_at(const std::vector<AddressRange> &functions, uint64_t address) {
    int found = 0;
    for (const AddressRange &function : functions) found += function.begin == address;
    return found;
  }

  ElfLibrary library_;
  std::vector<AddressRange> code_;
};

// As a linker leaves it that was told --no-eh-frame-hdr; `sections`: whether section headers stay.
std::string without_eh_frame_hdr(std::string file, bool sections) {
  auto &header = *reinterpret_cast<Elf64_Ehdr *>(file.data());
  for (uint32_t i = 0; i < header.e_phnum; i++) {
    auto &program = reinterpret_cast<Elf64_Phdr *>(&file[header.e_phoff])[i];
    if (program.p_type == PT_GNU_EH_FRAME) program.p_type = PT_NULL;
  }
  if (!sections) header.e_shoff = header.e_shnum = header.e_shstrndx = 0;
  return file;
}

TEST_F(EhFrame, ExportedAndHiddenFunctionsAreFound) {
  const auto functions = functions_of(contents(kStripped));
  EXPECT_EQ(beginning_at(functions, address_of("fixture_alpha")), 1);
  EXPECT_EQ(beginning_at(functions, address_of_hidden()), 1);
  for (const AddressRange &function : functions) {
    EXPECT_LT(function.begin, function.end);
    bool inside = false;
    for (const AddressRange &code : code_) inside |= function.begin >= code.begin && function.end <= code.end;
    EXPECT_TRUE(inside) << function.begin;
  }
}

TEST_F(EhFrame, WithoutItsHeaderTheSectionHeadersLeadThere) {
  const auto functions = functions_of(contents(kStripped));
  const auto found = functions_of(without_eh_frame_hdr(contents(kStripped), true));
  ASSERT_EQ(found.size(), functions.size());
  for (size_t i = 0; i < found.size(); i++) EXPECT_EQ(found[i].begin, functions[i].begin);
  EXPECT_TRUE(functions_of(without_eh_frame_hdr(contents(kStripped), false)).empty());
}

TEST_F(EhFrame, OfASectionThatBreaksOffTheFunctionsBeforeAreTold) {
  ElfFile file(library_);
  ASSERT_EQ(file.open("", kStripped), "");
  MappedBytes bytes = eh_frame_of(file);
  const size_t all = function_ranges(bytes, file.code()).size();
  bytes.size = 4 + *reinterpret_cast<const uint32_t *>(bytes.data);  // its CIE alone
  EXPECT_TRUE(function_ranges(bytes, file.code()).empty());
  bytes.size += 4 + *reinterpret_cast<const uint32_t *>(bytes.data + bytes.size) + 3;  // one function, and a rest
  EXPECT_EQ(function_ranges(bytes, file.code()).size(), 1u);
  EXPECT_GT(all, 1u);
}

}  // namespace
}  // namespace pyro::symbols

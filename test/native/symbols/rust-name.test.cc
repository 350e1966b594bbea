// Are Rust names those that rustc meant, and are hostile ones harmless?
// SPDX-License-Identifier: MPL-2.0
#include "symbols/rust-name.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <vector>

#include "symbols/demangle.h"

using namespace pyro::symbols;

namespace {

struct Case {
  const char *mangled, *readable;
};

// As rustc made them; the names are those that binutils prints.
const Case kNewer[] = {
    {"_RNvC6_123foo3bar", "123foo::bar"},
    {"_RNvXs4_NtCseQVuubCcFDg_12simd_adler324hashAhj4_NtB7_11Adler32Hash4hash",
     "<[u8; 4] as simd_adler32::Adler32Hash>::hash"},
    {"_RNvXs3_NtNtCs8NwYtU1Mohg_4core3fmt3numiNtB7_6Binary3fmt", "<isize as core::fmt::Binary>::fmt"},
    {"_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}"},
    {"_RNCINkXs25_NgCsbmNqQUJIY6D_4core5sliceINyB9_4IterhENuNgNoBb_4iter8iterator8Iterator9rpositionNCNgNpB9_"
     "6memchr7memrchrs_0E0Bb_",
     "<core::slice::Iter<u8> as core::iter::iterator::Iterator>::rposition::<core::slice::memchr::memrchr::{closure#1}"
     ">::{closure#0}"},
    {"_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_ECs1iopQbuBiw2_3std",
     "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>"},
    {"_RMC0INtC8arrayvec8ArrayVechKj7b_E", "<arrayvec::ArrayVec<u8, 123>>"},
    {"_RMC0INtC8arrayvec8ArrayVechKan7b_E", "<arrayvec::ArrayVec<u8, -123>>"},
    {"_RMC0FG_KCRL0_mEu", "<for<'a> extern \"C\" fn(&'a u32)>"},
    {"_RMC0TmRShEu", "_RMC0TmRShEu"},  // something is left over
    {"_RMC0TmE", "<(u32,)>"},
    {"_RMC0TmQShE", "<(u32, &mut [u8])>"},
    {"_RMC0FUPmOhEz", "<unsafe fn(*const u32, *mut u8) -> !>"},
    {"_RIC0Kb1_Kc61_Kc2764_E", "::<true, 'a', '\\u{2764}'>"},
    {"_RNvC6_123foo3bar.llvm.9D1C9369", "123foo::bar"},
    {"_RNvNvC1a1bs_3new.cold", "a::b::new"},
};

const Case kOlder[] = {
    {"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"},
    {"_ZN67_$LT$alloc..boxed..Box$LT$T$C$A$GT$$u20$as$u20$core..fmt..Debug$GT$3fmt17h3601d7adc6324291E",
     "<alloc::boxed::Box<T,A> as core::fmt::Debug>::fmt"},
    {"_ZN4core3ops8function6FnOnce40call_once$u7b$$u7b$vtable.shim$u7d$$u7d$17ha5a2b3e67eeea742E",
     "core::ops::function::FnOnce::call_once{{vtable.shim}}"},
    {"_ZN3foo17h05af221e174051e9E.llvm.12345", "foo"},
    {"_ZN3foo16hello_from_cplusE", "foo::hello_from_cplus"},  // C++: no hash
    {"_ZN3fooC1Ev", "foo::foo()"},
};

}  // namespace

TEST(RustNames, OfTheNewerSchemeAreThoseThatRustcMeant) {
  for (const Case &each : kNewer) EXPECT_EQ(demangled(each.mangled), each.readable) << each.mangled;
}

TEST(RustNames, OfTheOlderSchemeLoseTheirHash) {
  for (const Case &each : kOlder) EXPECT_EQ(demangled(each.mangled), each.readable) << each.mangled;
}

TEST(RustNames, ThatMakeNoSenseStayAsTheyAre) {
  for (const char *name : {"_R", "_RN", "_RB_", "_RNvC", "_RNvB0_3foo", "_R0NvC1a1b", "_RNvC99999999999999999999a1b",
                           "_RNvC1a1b$suffix_is_fine"})
    EXPECT_FALSE(demangled(name).empty()) << name;
  EXPECT_EQ(demangled("_RB_"), "_RB_");
  EXPECT_EQ(demangled("_RNvB0_3foo"), "_RNvB0_3foo");
  EXPECT_EQ(demangled("_RNvC99999999999999999999a1b"), "_RNvC99999999999999999999a1b");
}

TEST(RustNames, OneByteOfAnotherKindNeitherCrashesNorTakesLong) {
  std::mt19937_64 random(2603);
  const auto begin = std::chrono::steady_clock::now();
  const std::string letters = "CNMXYIBLKTAESRQPOFDGUpnsu_0123456789abcxyz$.";
  for (int round = 0; round < 100000; round++) {
    std::string name = kNewer[random() % (sizeof kNewer / sizeof *kNewer)].mangled;
    for (uint64_t lies = 1 + random() % 4; lies > 0; lies--)
      name[2 + random() % (name.size() - 2)] =
          random() % 8 ? letters[random() % letters.size()] : static_cast<char>(random());
    if (random() % 10 == 0) name.resize(2 + random() % (name.size() - 2));
    EXPECT_LE(demangled(name).size(), 600u);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(RustNames, ThatReferToThemselvesManyTimesEnd) {
  std::string doubling = "_RMC0";
  size_t last = 3;  // after "_R"
  for (int i = 0; i < 40; i++) {
    static const char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t at = doubling.size() - 2;
    doubling += i == 0 ? "T" : "T";
    const std::string reference = last == 0 ? "B_" : last - 1 < 62 ? std::string("B") + kDigits[last - 1] + "_" : "B0_";
    doubling += i == 0 ? "uu" : reference + reference;
    doubling += "E";
    last = at;
  }
  const std::string nested = "_RM" + std::string(900, 'S'), tuples = "_RMC0" + std::string(800, 'T');
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string &name : {doubling, nested, tuples, "_R" + std::string(5000, 'N')}) {
    EXPECT_LE(demangled(name).size(), 600u);
    rust_demangled(name);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

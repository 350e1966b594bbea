// Is nothing encoded whose numbers point at nothing, and is everything else encoded without reading beyond its columns?
// SPDX-License-Identifier: MPL-2.0
#include "profile/pprof-tables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "../random-seed.h"
#include "pprof-columns.h"

using namespace pyro::profile;
using pyro::random_seed;

namespace {

PprofColumns some_rows() {
  PprofColumns columns(5, 3);
  columns.row(0, {1, 2}, 10);
  columns.row(2, {}, 20, 202);
  columns.row(1, {5, 5, 1}, 30);
  return columns;
}

// One that is not whole, not even a number, or too many or few of them.
void spoil_number(PprofColumns &columns, std::mt19937 &random) {
  const double values[] = {-1, -0.0, 0.5, 0x1p64, 0x1.8p64, std::nan(""), HUGE_VAL, -HUGE_VAL};
  std::vector<double> *const numbers[] = {&columns.weight_ns, &columns.samples,     &columns.reached_root,
                                          &columns.inferred,  &columns.module_size, &columns.location_address};
  const size_t which = random() % std::size(numbers);
  std::vector<double> &column = *numbers[which];
  if (random() % 4 == 0)
    column.resize(random() % 7);
  else if (which != 1)  // what is counted in the end
    column[random() % column.size()] = values[random() % std::size(values)];
}

bool sound(const PprofColumns &columns) { return is_sound(columns.rows(), columns.names()); }

}  // namespace

TEST(PprofTables, TakeWhatIsSound) { EXPECT_TRUE(sound(some_rows())); }

TEST(PprofTables, RefuseNumbersThatPointAtNothing) {
  const std::vector<std::function<void(PprofColumns &)>> faults = {
      [](PprofColumns &c) { c.locations[0] = 0; },
      [](PprofColumns &c) { c.locations[0] = 6; },
      [](PprofColumns &c) { c.location_end[0] = 4; },
      [](PprofColumns &c) { c.location_end.back() = 6; },
      [](PprofColumns &c) { c.location_end.pop_back(); },
      [](PprofColumns &c) { c.label_set[1] = 3; },
      [](PprofColumns &c) { c.waited_in[1] = 99; },
      [](PprofColumns &c) { c.weight_ns[0] = -1; },
      [](PprofColumns &c) { c.samples[0] = std::numeric_limits<double>::quiet_NaN(); },
      [](PprofColumns &c) { c.inferred[0] = std::numeric_limits<double>::infinity(); },
      [](PprofColumns &c) { c.texts.clear(); },
      [](PprofColumns &c) { c.module_path[1] = 99; },
      [](PprofColumns &c) { c.module_size.pop_back(); },
      [](PprofColumns &c) { c.module_size[0] = 1e300; },
      [](PprofColumns &c) { c.weight_ns[0] = 0x1.1p64; },
      [](PprofColumns &c) { c.function_name[0] = 99; },
      [](PprofColumns &c) { c.function_file.push_back(0); },
      [](PprofColumns &c) { c.line_function[4] = 5; },
      [](PprofColumns &c) { c.line_number.pop_back(); },
      [](PprofColumns &c) { c.location_module[0] = 2; },
      [](PprofColumns &c) { c.location_address[0] = -16; },
      [](PprofColumns &c) { c.location_line_end[1] = 6; },
      [](PprofColumns &c) { c.location_named_by[0] = kNamedBy; },
      [](PprofColumns &c) { c.label_end[0] = 4; },
      [](PprofColumns &c) { c.label_key[0] = 99; },
      [](PprofColumns &c) { c.label_text.pop_back(); },
  };
  for (size_t i = 0; i < faults.size(); i++) {
    PprofColumns columns = some_rows();
    faults[i](columns);
    EXPECT_FALSE(sound(columns)) << i;
  }
}

// One lie of a target must not lose it the whole profile.
TEST(PprofTables, TakeTheLargestNumbersOfASegment) {
  PprofColumns columns = some_rows();
  columns.module_size[0] = 0x1p64;
  columns.location_address[0] = 0x1p63;
  columns.weight_ns[0] = 0x1p60;
  columns.weight_ns[2] = 0x1p64;
  ASSERT_TRUE(sound(columns));
  const ProfileHead head{false, 1, 1, 1, 1, true, 1 << 20, 8000};
  const std::vector<ProfilePart> parts = encode(head, columns.rows(), columns.names());
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].samples, 2);
  EXPECT_EQ(parts[0].total_ns, 0x1p60 + 0x1p64);
}

// A copy is exactly as long as its numbers are, so the sanitizer finds what is read beyond.
TEST(PprofTables, AnyNumbersAreRefusedOrEncoded) {
  std::mt19937 random(random_seed(4));
  int encoded = 0;
  for (int round = 0; round < 20000; round++) {
    PprofColumns columns = some_rows();
    std::vector<uint32_t> *const numbers[] = {
        &columns.location_end,    &columns.label_set,         &columns.waited_in,      &columns.locations,
        &columns.module_path,     &columns.function_name,     &columns.function_file,  &columns.line_function,
        &columns.line_number,     &columns.location_line_end, &columns.label_end,      &columns.label_key,
        &columns.location_module, &columns.label_text,        &columns.module_build_id};
    for (size_t changes = 1 + random() % 3; changes > 0; changes--) {
      std::vector<uint32_t> &column = *numbers[random() % std::size(numbers)];
      if (random() % 4 == 0)
        column.resize(random() % 7, static_cast<uint32_t>(random() % 7));
      else if (!column.empty())
        column[random() % column.size()] = static_cast<uint32_t>(random() % 10 == 0 ? random() : random() % 7);
    }
    columns.span[random() % 3] = random();
    if (random() % 8 == 0) spoil_number(columns, random);
    if (random() % 40 == 0) columns.texts.resize(random() % columns.texts.size());
    const PprofColumns exact = columns;
    if (!sound(exact)) continue;
    encoded++;
    const ProfileHead head{round % 2 == 0, 1, 1, 1, 1, true, random() % 200, static_cast<uint32_t>(random() % 4)};
    double samples = 0;
    for (const ProfilePart &part : encode(head, exact.rows(), exact.names())) samples += part.samples;
    EXPECT_EQ(samples, head.wall ? 3 : 2);
  }
  EXPECT_GT(encoded, 1000);
}

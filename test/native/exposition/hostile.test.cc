// Does the renderer survive any lie that a target can write, and is its text valid nevertheless?
// SPDX-License-Identifier: MPL-2.0
#include <cstring>
#include <ctime>
#include <random>

#include "../random-seed.h"
#include "../wire/forged.h"
#include "exposition/display-names.h"
#include "exposition/unicode.h"
#include "written.h"

namespace pyro::exposition {
namespace {

void fill(Written &written) {
  const uint32_t p = written.pipeline();
  uint32_t parent = p;
  for (int i = 0; i < 60; i++) {
    const uint32_t element = written.element(parent, "identity" + std::to_string(i), "identity");
    call(written.cell(written.pad(element, "sink_" + std::to_string(i), "sink_%u")), 100u * (i + 1u), 50);
    if (i % 3 == 0) parent = element;
  }
}

// What no lie may change: whole lines, known families, UTF-8 with nothing unseen in it.
void expect_valid(const std::string &text) {
  ASSERT_TRUE(text.empty() || text.back() == '\n');
  for (const auto &[series, value] : samples(text)) {
    ASSERT_EQ(series.rfind("gst", 0), 0u) << series;
    ASSERT_EQ(value.find_first_not_of("0123456789."), std::string::npos) << value;
  }
  for (const char32_t c : decoded(text)) ASSERT_TRUE(c == '\n' || !is_unseen(c)) << static_cast<uint32_t>(c);
}

TEST(HostileExposition, RandomBytesAnywhereInNamesAndCells) {
  std::mt19937_64 random(random_seed(20240611));
  for (int round = 0; round < 60; round++) {
    Written written("seed+prom-latency");
    fill(written);
    auto *names = reinterpret_cast<unsigned char *>(&written.segment().directory);
    auto *cells = reinterpret_cast<unsigned char *>(&written.segment().cells);
    for (int i = 0; i < 20 * round; i++) {
      names[random() % 8192] = static_cast<unsigned char>(random());
      cells[random() % (64 * sizeof(wire::Cell))] = static_cast<unsigned char>(random());
    }
    expect_valid(written.text());
  }
}

TEST(HostileExposition, TextsOfNothingButWhatMustBeEscaped) {
  Written written("seed+prom-latency");
  const uint32_t p = written.pipeline("\"\\\n\"");
  const uint32_t element = written.element(p, std::string(4000, '"'), "\"} 1\ngst_evil 1", "\"\n");
  call(written.cell(written.pad(element, "\\\\\\\"\n", "%\"")), 1, 1);
  const std::string text = written.text();
  expect_valid(text);
  EXPECT_EQ(text.find("\ngst_evil"), std::string::npos);
}

// Controls of both kinds, marks of direction, separators of lines, and the neighbours of each range, which stay.
TEST(HostileExposition, WhatIsNotSeenReachesNoLabel) {
  std::u32string unseen = U"\u061c\u200e\u200f\u2066\u2067\u2068\u2069\ufeff";
  for (char32_t c = 0x7f; c <= 0x9f; c++) unseen += c;
  for (char32_t c = 0x2028; c <= 0x202e; c++) unseen += c;
  Written written("seed+prom-latency");
  for (const char32_t c : unseen) {
    const std::string text = "a" + encoded(std::u32string(1, c)) + "b";
    const uint32_t element = written.element(written.pipeline(text), text, text);
    call(written.cell(written.pad(element, text, text)), 1, 1);
  }
  expect_valid(written.text());
  EXPECT_EQ(safe_name("~\u00a0\u061b\u200d\u2027\u202f\u2065\u206a"), "~\u00a0\u061b\u200d\u2027\u202f\u2065\u206a");
}

uint64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

// CPU for the text of a full directory whose last elements have pads and cells; the shorter of two times.
uint64_t cost(bool nested, size_t bytes, const std::string &pattern) {
  Written written("seed+prom-latency");
  wire::Directory &directory = written.segment().directory;
  const uint32_t pipeline = written.pipeline();
  const uint32_t last = wire::forge_many(directory, wire::kEntryElement, pipeline, nested, bytes, pattern, 500 * 64);
  for (uint32_t i = 0; i < 500; i++) {
    wire::forge(directory, wire::kEntryPad, last - i % (last - pipeline), "src");
    call(written.cell(directory.entries), 100, 50);
  }
  uint64_t best = UINT64_MAX;
  expect_valid(written.text());
  for (int i = 0; i < 2; i++) {
    const uint64_t begin = cpu_ns();
    written.text();
    best = std::min(best, cpu_ns() - begin);
  }
  return best;
}

TEST(HostileExposition, NoNamesCostMuchMoreThanOrdinaryOnesOfAsManyBytes) {
  const uint64_t ordinary = cost(false, 56, "element");  // so long, they fill it
  for (const size_t bytes : {size_t{8}, size_t{256}, size_t{65535}})
    for (const char *pattern : {"a", "a:", "/", "\xf0\x9f"})
      EXPECT_LT(cost(bytes <= 256, bytes, pattern), 4 * ordinary) << pattern << ' ' << bytes;
}

TEST(HostileExposition, NestingIsShownToADepth) {
  Written written("seed+prom-latency");
  uint32_t parent = written.pipeline("p");
  for (int i = 0; i < 5000; i++) parent = written.element(parent, "b", "bin");
  call(written.cell(written.pad(parent, "sink", "sink")), 100, 50);
  const std::string text = written.text();
  expect_valid(text);
  std::string path = "path=\"p";
  for (int i = 0; i < 31; i++) path += "/b";
  EXPECT_NE(text.find(path + "/…/b\""), std::string::npos);
}

TEST(HostileExposition, MoreCellsThanThereAreAndCirclesOfParents) {
  Written written;
  fill(written);
  written.segment().cells.used = UINT32_MAX;
  auto *entry = reinterpret_cast<wire::DirectoryEntry *>(written.segment().directory.data);
  entry->fields.parent = UINT32_MAX;
  expect_valid(written.text());
}

}  // namespace
}  // namespace pyro::exposition

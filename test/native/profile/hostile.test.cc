// Do index and window survive any bytes, and are their sums still those of the samples that make sense?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "../random-seed.h"
#include "profile/label-index.h"
#include "profile/window.h"
#include "records.h"

using namespace pyro;
using namespace pyro::profile;

namespace {

using Random = std::mt19937;

// Few different values, so that samples meet, and some that no target should write.
uint32_t id(Random &random) { return random() % 8 == 0 ? static_cast<uint32_t>(random()) : random() % 4; }

TestSample any_sample(Random &random) {
  TestSample sample;
  sample.element = id(random);
  sample.thread = id(random);
  sample.thread_number = id(random);
  for (size_t i = random() % 40; i > 0; i--)
    sample.frames.push_back(random() % 30 == 0 ? uint64_t{random()} << 32 | random()
                                               : wire::pack_frame(2, random() % 9));
  for (size_t i = random() % 4; i > 0; i--) sample.chain.push_back(id(random));
  sample.weight_ns = random() % 20 == 0 ? uint64_t{random()} << 32 : random() % 1000;
  sample.span = random() % 3;
  sample.end = static_cast<uint8_t>(random() % wire::kStackEndCount);
  sample.flags = static_cast<uint8_t>(random());
  sample.blocked = random() % 2 == 0;
  sample.wait = static_cast<int16_t>(random() % 5 == 0 ? random() : random() % 3);
  return sample;
}

// Exactly as large as it is: a byte beyond it is found out by the sanitizer.
struct Exact {
  explicit Exact(const std::vector<unsigned char> &from) : size(from.size()), bytes(new unsigned char[from.size()]) {
    if (size > 0) std::memcpy(bytes.get(), from.data(), size);
  }
  size_t size;
  std::unique_ptr<unsigned char[]> bytes;
};

struct Expected {
  uint64_t samples = 0, total_ns = 0, refused = 0, reached_root = 0;
};

Expected expected_of(const Exact &records) {
  Expected sums;
  wire::each_sample(records.bytes.get(), records.size, [&](const wire::StackSample &sample, const unsigned char *) {
    if (is_refused(sample)) {
      sums.refused++;
      return;
    }
    sums.samples++;
    sums.total_ns += sample.weight_ns;
    if (sample.end == wire::kEndRoot) sums.reached_root++;
  });
  return sums;
}

void check(const Sums &sums, const Expected &expected) {
  EXPECT_EQ(sums.samples, expected.samples);
  EXPECT_EQ(sums.total_ns, expected.total_ns);
  EXPECT_EQ(sums.refused, expected.refused);
  uint64_t samples = 0, total_ns = 0, reached_root = 0, folded = 0;
  for (const Row &row : sums.rows) {
    samples += row.samples;
    total_ns += row.weight_ns;
    reached_root += row.reached_root;
    if (row.kind == RowKind::kFolded) folded += row.samples;
    ASSERT_LE(row.stack + row.depth, sums.stacks.size());
    EXPECT_LE(row.inferred, row.samples);
  }
  for (const uint32_t frame : sums.stacks) ASSERT_LT(frame, sums.frames.size());
  EXPECT_EQ(samples, expected.samples);
  EXPECT_EQ(total_ns, expected.total_ns);
  EXPECT_EQ(reached_root, expected.reached_root);
  EXPECT_EQ(folded, sums.folded);
}

// Sums of everything that came since the last swap.
class Path {
 public:
  explicit Path(const Limits &limits) : window_(limits) {}

  void take(const Exact &records, Random &random) {
    index_.look(records.bytes.get(), records.size, random() % 50);
    size_t unknown = 0;
    for (size_t at = 0; at < index_.unknown().size(); at += 4 + index_.unknown()[at + 3]) unknown++;
    std::vector<LabelSet> numbers(unknown);
    for (LabelSet &number : numbers) number = static_cast<LabelSet>(random() % 90) - 1;
    ASSERT_TRUE(index_.learn(numbers));
    window_.takes(random() % 4 == 0 ? Detail::kOwners : Detail::kStacks);
    window_.add(records.bytes.get(), records.size, index_.sets());
    const Expected more = expected_of(records);
    sums_.samples += more.samples;
    sums_.total_ns += more.total_ns;
    sums_.refused += more.refused;
    sums_.reached_root += more.reached_root;
    if (random() % 5 == 0) check(window_.swap(), std::exchange(sums_, {}));
  }

 private:
  LabelIndex index_;
  Window window_;
  Expected sums_;
};

}  // namespace

TEST(Hostile, AnySamplesAreAddedUpOrRefused) {
  Random random(random_seed(1));
  Path roomy({1 << 20, 2000}), narrow({3000, 5}), none({0, 0});
  for (int round = 0; round < 2000; round++) {
    std::vector<unsigned char> bytes;
    for (size_t i = random() % 20; i > 0; i--) append(bytes, any_sample(random));
    const Exact records(bytes);
    for (Path *path : {&roomy, &narrow, &none}) path->take(records, random);
  }
}

TEST(Hostile, AnyBytesAreReadAsFarAsTheyMakeSense) {
  Random random(random_seed(2));
  Path path({20000, 50});
  for (int round = 0; round < 5000; round++) {
    std::vector<unsigned char> bytes;
    for (size_t i = random() % 6; i > 0; i--) append(bytes, any_sample(random));
    for (size_t i = random() % 8; i > 0 && !bytes.empty(); i--)
      bytes[random() % bytes.size()] = static_cast<unsigned char>(random());
    if (random() % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
    path.take(Exact(bytes), random);
  }
}

TEST(Hostile, BytesWithoutSenseAreNoSamples) {
  Random random(random_seed(3));
  for (int round = 0; round < 2000; round++) {
    std::vector<unsigned char> bytes(random() % 300);
    for (unsigned char &byte : bytes) byte = static_cast<unsigned char>(random());
    Path path({20000, 50});
    path.take(Exact(bytes), random);
  }
}

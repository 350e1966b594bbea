// Is a learned return address found, and is nothing else?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/sites.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace pyro::unwind {
namespace {

TEST(Sites, AnEmptyTableHasNone) {
  const SiteTable table;
  EXPECT_FALSE(table.published());
  EXPECT_EQ(table.number_at(0x1000), 0);
  EXPECT_EQ(table.number_at(0), 0);
}

TEST(Sites, EachIsFoundByItsAddressAndNoOther) {
  std::mt19937_64 random(3);
  std::set<uint64_t> addresses;
  while (addresses.size() < kMostSites) addresses.insert(0x7f1234560000 + random() % 0x10000);
  std::vector<Site> sites;
  for (const uint64_t address : addresses)
    sites.push_back({address, -8, static_cast<uint8_t>(sites.size() % 16), static_cast<uint8_t>(1 + sites.size() % 4)});
  SiteTable table;
  ASSERT_TRUE(table.publish(sites.data(), static_cast<uint32_t>(sites.size())));
  EXPECT_TRUE(table.published());
  for (uint64_t address = 0x7f1234560000 - 2; address < 0x7f1234570002; address++) {
    const uint8_t number = table.number_at(address);
    ASSERT_EQ(number != 0, addresses.count(address) == 1) << std::hex << address;
    if (number == 0) continue;
    EXPECT_EQ(table.site(number).address, address);
    EXPECT_EQ(table.site(number).reg, sites[number - 1].reg);
  }
}

TEST(Sites, OnlyTheFirstPublicationCountsAndNoneIsTooLarge) {
  SiteTable table;
  std::vector<Site> sites(kMostSites + 1, Site{1, 0, 3, 1});
  EXPECT_FALSE(table.publish(sites.data(), 0));
  EXPECT_FALSE(table.publish(sites.data(), kMostSites + 1));
  EXPECT_FALSE(table.published());
  const Site one{0x1000, 0, 3, 1}, other{0x2000, 0, 3, 1};
  EXPECT_TRUE(table.publish(&one, 1));
  EXPECT_FALSE(table.publish(&other, 1));
  EXPECT_EQ(table.number_at(0x1000), 1);
  EXPECT_EQ(table.number_at(0x2000), 0);
}

}  // namespace
}  // namespace pyro::unwind

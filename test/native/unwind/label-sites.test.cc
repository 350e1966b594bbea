// Is a learned return address found, and is nothing else?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/walk/label-sites.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace pyro::unwind {
namespace {

TEST(Sites, AnEmptyTableHasNone) {
  const SiteTable table;
  EXPECT_FALSE(table.published());
  EXPECT_EQ(table.at(0x1000), 0);
  EXPECT_EQ(table.at(0), 0);
}

TEST(Sites, EachIsFoundByItsAddressAndNoOther) {
  std::mt19937_64 random(3);
  std::set<uint64_t> addresses;
  while (addresses.size() < kMostSites) addresses.insert(0x7f1234560000 + random() % 0x10000);
  std::vector<Site> sites;
  std::map<uint64_t, Site> truth;
  for (const uint64_t address : addresses) {
    const auto n = static_cast<uint8_t>(sites.size());
    const auto kind = static_cast<uint8_t>(1 + n % 4);
    sites.push_back({address, -8 * kind, static_cast<uint8_t>(n % 32), kind});
    truth[address] = sites.back();
  }
  SiteTable table;
  ASSERT_TRUE(table.publish(sites.data(), static_cast<uint32_t>(sites.size())));
  EXPECT_TRUE(table.published());
  for (uint64_t address = 0x7f1234560000 - 2; address < 0x7f1234570002; address++) {
    const uint8_t found = table.at(address);
    const auto known = truth.find(address);
    ASSERT_EQ(found != 0, known != truth.end()) << std::hex << address;
    if (found == 0) continue;
    EXPECT_EQ(site_register(found), known->second.reg);
    EXPECT_EQ(site_kind(found), known->second.kind);
    EXPECT_EQ(table.adjust(site_kind(found)), known->second.adjust);
  }
}

TEST(Sites, WhatDoesNotFitIsRefusedAsAWhole) {
  const Site no_kind[] = {{0x1000, 0, 3, 0}}, no_register[] = {{0x1000, 0, 32, 1}};
  const Site differ[] = {{0x1000, 0, 3, 1}, {0x1010, -8, 3, 1}}, far[] = {{0x1000, 0, 3, 1}, {0x200001000, 0, 3, 1}};
  SiteTable table;
  EXPECT_FALSE(table.publish(no_kind, 1));
  EXPECT_FALSE(table.publish(no_register, 1));
  EXPECT_FALSE(table.publish(differ, 2));
  EXPECT_FALSE(table.publish(far, 2));
  EXPECT_FALSE(table.published());
  EXPECT_EQ(table.at(0x1000), 0);
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
  EXPECT_EQ(table.at(0x1000), pack_site(3, 1));
  EXPECT_EQ(table.at(0x2000), 0);
}

}  // namespace
}  // namespace pyro::unwind

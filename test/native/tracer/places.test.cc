// Which number does an automatic name get, and when is that of somebody else?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/places.h"

#include <gtest/gtest.h>

using pyro::tracer::Places;

namespace {

std::string identity(uint32_t n) { return "identity" + std::to_string(n); }

TEST(Places, AreNumberedInOrderAndByScope) {
  Places places;
  EXPECT_EQ(places.number(1, "identity", identity(17), false), 0u);
  EXPECT_EQ(places.number(1, "identity", identity(4), false), 1u);
  EXPECT_EQ(places.number(1, "identity", identity(17), false), 0u);
  EXPECT_EQ(places.number(2, "identity", identity(4), false), 0u);
  EXPECT_EQ(places.number(1, "queue", "queue9", false), 0u);
}

TEST(Places, OfTheGoneAreToldApartUpToSixteen) {
  Places places;
  for (uint32_t n = 0; n < Places::kToldApart; n++) {
    EXPECT_EQ(places.number(1, "identity", identity(n), false), n);
    places.hold(1, "identity", n);
    places.release(1, "identity", n);
  }
  EXPECT_EQ(places.number(1, "identity", identity(100), false), 0u);
  EXPECT_EQ(places.first_name(1, "identity", 0), "identity0");
  EXPECT_EQ(places.number(1, "identity", identity(1), false), 1u) << "it comes again under its own number";
  EXPECT_EQ(places.number(1, "identity", identity(0), false), 0u) << "nobody held the number";
}

TEST(Places, OfTheLivingBelongToThemAlone) {
  Places places;
  for (uint32_t n = 0; n < 100; n++) {
    EXPECT_EQ(places.number(1, "identity", identity(n), true), n);
    places.hold(1, "identity", n);
  }
  places.release(1, "identity", 42);
  EXPECT_EQ(places.number(1, "identity", identity(1000), true), 42u);
  places.hold(1, "identity", 42);
  EXPECT_EQ(places.number(1, "identity", identity(1001), true), 100u);
}

TEST(Places, WhereRoomIsShortNoneIsKeptForTheGone) {
  Places places;
  for (uint32_t n = 0; n < 1000; n++) {
    ASSERT_EQ(places.number(1, "identity", identity(n), true), 0u);
    places.hold(1, "identity", 0);
    places.release(1, "identity", 0);
  }
}

TEST(Places, OfAScopeThatIsForgottenBeginAnew) {
  Places places;
  EXPECT_EQ(places.number(7, "identity", identity(5), false), 0u);
  places.hold(7, "identity", 0);
  places.forget(7);
  places.release(7, "identity", 0);
  EXPECT_EQ(places.number(7, "identity", identity(6), false), 0u);
  EXPECT_EQ(places.first_name(7, "identity", 0), "identity6");
}

}  // namespace

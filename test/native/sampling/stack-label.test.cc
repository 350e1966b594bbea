// Do values found on a stack become the right element, the right driver and the right chain?
// SPDX-License-Identifier: MPL-2.0
#include "sampling/stack-label.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "harness.h"

namespace pyro::sampling {
namespace {

using Chain = std::vector<uint32_t>;

class StackLabelTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kSource = 0x1000, kFilter = 0x1100, kGhost = 0x1200, kSink = 0x1300, kNameless = 0x1400,
                            kNobody = 0x1500;
  void SetUp() override {
    add(kSource, 11);
    add(kFilter, 12);
    add(kGhost, threads::kTransparentPad);
    add(kSink, 13);
    add(kNameless, 0);
  }
  void TearDown() override {
    for (const uint64_t pad : {kSource, kFilter, kGhost, kSink, kNameless})
      threads::live_pads.remove(reinterpret_cast<const void *>(pad));
  }
  static void add(uint64_t pad, uint32_t owner) {
    ASSERT_TRUE(threads::live_pads.add(reinterpret_cast<const void *>(pad), owner));
  }
  void tell(threads::StackValue kind, uint64_t value) { label_->found(*label_, kind, value); }
  StackLabel &resolved(bool whole = true) {
    label_->resolve(*thread_, whole);
    return *label_;
  }
  void next() { label_ = std::make_unique<StackLabel>(); }
  Chain chain() const { return {label_->chain(), label_->chain() + label_->chain_length()}; }

  std::unique_ptr<threads::ThreadRecord> thread_ = std::make_unique<threads::ThreadRecord>();
  std::unique_ptr<StackLabel> label_ = std::make_unique<StackLabel>();
};

TEST_F(StackLabelTest, AStackThatSaysNothingHasNoLabel) {
  EXPECT_EQ(resolved().element(), 0u);
  EXPECT_TRUE(chain().empty());
  EXPECT_FALSE(label_->unknown_pad());
}

TEST_F(StackLabelTest, TheInnermostPadIsTheElementAndTheTaskTheDriver) {
  tell(threads::kInsidePad, kSink);
  tell(threads::kPushingPad, kFilter);
  tell(threads::kInsidePad, kFilter);
  tell(threads::kPushingPad, kSource);
  tell(threads::kDrivingPad, kSource);
  EXPECT_EQ(resolved().element(), 13u);
  EXPECT_EQ(label_->data_element(), 13u);
  EXPECT_EQ(chain(), (Chain{13, 12, 11}));
}

TEST_F(StackLabelTest, BetweenPushesTheTaskSaysWhoseLoopItIs) {
  tell(threads::kDrivingPad, kSource);
  EXPECT_EQ(resolved().element(), 11u | wire::kElementDriver);
  EXPECT_EQ(chain(), (Chain{11}));
}

TEST_F(StackLabelTest, BinsAreTransparentAndPadsWithoutAnElementToo) {
  tell(threads::kInsidePad, kGhost);
  tell(threads::kInsidePad, kNameless);
  tell(threads::kInsidePad, kFilter);
  EXPECT_EQ(resolved().element(), 12u);
  EXPECT_EQ(chain(), (Chain{12}));
  EXPECT_FALSE(label_->unknown_pad());
}

TEST_F(StackLabelTest, AValueThatIsNoLivingPadIsNotBelievedAndIsNoticed) {
  tell(threads::kInsidePad, kNobody);
  tell(threads::kInsidePad, kFilter);
  EXPECT_EQ(resolved().element(), 12u);
  EXPECT_TRUE(label_->unknown_pad());
}

TEST_F(StackLabelTest, AnEventsFunctionIsTheElementButNotWhatTheWordWouldSay) {
  tell(threads::kHandlingPad, kSink);
  tell(threads::kInsidePad, kFilter);
  EXPECT_EQ(resolved().element(), 13u);
  EXPECT_EQ(label_->data_element(), 12u);
  EXPECT_EQ(chain(), (Chain{13, 12}));
  EXPECT_TRUE(label_->comparable());
  next();
  tell(threads::kHandlingPad, kSink);
  tell(threads::kDrivingPad, kSource);
  EXPECT_EQ(resolved().element(), 13u);
  EXPECT_FALSE(label_->comparable());
}

TEST_F(StackLabelTest, AThreadWithoutATaskRemembersWhoPushedOutermost) {
  tell(threads::kPushingPad, kFilter);
  tell(threads::kPushingPad, kSource);
  EXPECT_EQ(resolved().element(), 11u | wire::kElementDriver);
  next();
  EXPECT_EQ(resolved().element(), 11u | wire::kElementDriver);
  next();
  EXPECT_EQ(resolved(false).element(), 0u) << "a stack that ended early may have missed the task";
}

TEST_F(StackLabelTest, AThreadThatServesManyIsNobodysBetweenTwoPushes) {
  for (int i = 0; i < 40; i++) {
    next();
    tell(threads::kPushingPad, i % 2 == 0 ? kFilter : kSource);
    resolved();
  }
  next();
  EXPECT_EQ(resolved().element(), 0u);
}

TEST_F(StackLabelTest, AnEndlessChainKeepsItsInnerPartAndItsOutermostElement) {
  for (int i = 0; i < 200; i++) tell(threads::kInsidePad, i % 2 == 0 ? kSink : kFilter);
  tell(threads::kInsidePad, kSource);
  tell(threads::kDrivingPad, kFilter);
  resolved();
  ASSERT_EQ(chain().size(), wire::kMaxChain - 1);
  EXPECT_EQ(chain().front(), 13u);
  EXPECT_EQ(chain().back(), 12u);
  EXPECT_EQ(chain()[chain().size() - 2], 11u);
}

TEST_F(StackLabelTest, InTheLoopAroundATasksFunctionTheDriverIsWhoItWas) {
  tell(threads::kDrivingPad, kSource);
  resolved();
  next();
  EXPECT_EQ(resolved().element(), 11u | wire::kElementDriver);
  next();
  tell(threads::kDrivingPad, kFilter);  // a pool gave the thread another task
  EXPECT_EQ(resolved().element(), 12u | wire::kElementDriver);
  next();
  EXPECT_EQ(resolved().element(), 12u | wire::kElementDriver);
}

TEST_F(StackLabelTest, AgreementWithTheWordIsCountedByKind) {
  const auto counted = [this](uint32_t word, bool known) {
    auto counters = std::make_unique<wire::Counters>();
    compare_labels(*counters, word, *label_, known);
    for (uint32_t i = 0; i < wire::kCounterCount; i++)
      if (counters->get(static_cast<wire::Counter>(i)) > 0) return std::string(wire::kCounterInfo[i].name);
    return std::string();
  };
  resolved();
  EXPECT_EQ(counted(0, true), "");
  EXPECT_EQ(counted(12, true), "label_word_only");
  next();
  tell(threads::kInsidePad, kFilter);
  resolved();
  EXPECT_EQ(counted(12, true), "label_agreed");
  EXPECT_EQ(counted(13, true), "label_differed");
  EXPECT_EQ(counted(13, false), "label_not_compared");
  EXPECT_EQ(counted(0, true), "label_stack_only");
}

}  // namespace
}  // namespace pyro::sampling

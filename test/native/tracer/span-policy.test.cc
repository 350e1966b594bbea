// Which of the ways to say a ratio wins, and what is said of those that make no sense?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/span-policy.h"

#include <gtest/gtest.h>

#include "tracer/presets.h"
#include "tracer/trace-parent.h"
#include "variables.h"

namespace pyro::tracer {
namespace {

SpanPolicy policy(std::map<std::string, std::string> set, bool traces = true, const char *params = nullptr) {
  variables = std::move(set);
  Settings settings = read_settings(params, environment);
  settings.traces = traces;
  return span_policy(settings, environment);
}

TEST(SpanPolicy, TheOrderOfTheVariables) {
  const std::map<std::string, std::string> all{{"OTEL_TRACES_SAMPLER", "traceidratio"},
                                               {"OTEL_TRACES_SAMPLER_ARG", "0.25"},
                                               {"OTEL_TRACES_SAMPLING_RATIO", "0.5"},
                                               {"OTEL_SAMPLING_RATE", "0.75"}};
  EXPECT_EQ(policy(all, true, "span-ratio=0.125").threshold, wire::span_threshold(0.125));
  EXPECT_EQ(policy(all).threshold, wire::span_threshold(0.25));
  EXPECT_EQ(policy({{"OTEL_TRACES_SAMPLING_RATIO", "0.5"}, {"OTEL_SAMPLING_RATE", "0.75"}}).threshold,
            wire::span_threshold(0.5));
  EXPECT_EQ(policy({{"OTEL_SAMPLING_RATE", "7"}}).threshold, 0u);
  EXPECT_EQ(policy({{"OTEL_SAMPLING_RATE", "-1"}}).threshold, wire::kSpanNever);
}

TEST(SpanPolicy, WithoutAWordTheDeploymentDecidesUnderTheNameOfASpanTracer) {
  EXPECT_FALSE(policy({}, false).wanted());
  EXPECT_EQ(policy({}).threshold, 0u);
  EXPECT_EQ(policy({}).cap, 10000u);
  EXPECT_EQ(policy({{"OTEL_RESOURCE_ATTRIBUTES", "a=b,deployment.environment.name=production"}}).threshold,
            wire::span_threshold(0.1));
  EXPECT_EQ(policy({{"RUST_ENV", "production"}}).threshold, wire::span_threshold(0.1));
}

TEST(SpanPolicy, NonsenseIsNamedAndTheNextIsAsked) {
  const SpanPolicy percent = policy({{"OTEL_TRACES_SAMPLING_RATIO", "10"}, {"OTEL_SAMPLING_RATE", "0.5"}});
  EXPECT_EQ(percent.threshold, wire::span_threshold(0.5));
  ASSERT_EQ(percent.sentences.size(), 1u);
  EXPECT_NE(percent.sentences[0].find("OTEL_TRACES_SAMPLING_RATIO"), std::string::npos);
  EXPECT_NE(percent.sentences[0].find("percentage"), std::string::npos);
  EXPECT_EQ(policy({{"OTEL_TRACES_SAMPLER", "xray"}, {"OTEL_SAMPLING_RATE", "0.5"}}).sentences.size(), 1u);
}

TEST(SpanPolicy, WhatIsKeptForItsSlowness) {
  const std::map<std::string, std::string> tenth{{"OTEL_TRACES_SAMPLING_RATIO", "0.1"}};
  EXPECT_TRUE(policy(tenth).slow.p99);
  const SpanPolicy limit = policy(tenth, true, "span-slow=2.5");
  EXPECT_EQ(limit.slow.ns, 2500000u);
  EXPECT_FALSE(limit.slow.p99);
  const SpanPolicy off = policy(tenth, true, "span-slow=off");
  EXPECT_FALSE(off.slow.p99);
  EXPECT_EQ(off.slow.ns, 0u);
  const SpanPolicy nonsense = policy(tenth, true, "span-slow=often");
  ASSERT_EQ(nonsense.sentences.size(), 1u);
  EXPECT_NE(nonsense.sentences[0].find("span-slow: 'often'"), std::string::npos);
  EXPECT_FALSE(policy({{"OTEL_TRACES_SAMPLING_RATIO", "0"}}, true, "span-slow=2.5").wanted());
}

TEST(SpanPolicy, NothingIsTakenWhenNobodyWantsIt) {
  EXPECT_FALSE(policy({{"OTEL_SDK_DISABLED", "TRUE"}}).wanted());
  EXPECT_FALSE(policy({{"OTEL_TRACES_EXPORTER", "none"}}).wanted());
  const std::string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-";
  EXPECT_FALSE(policy({{"TRACEPARENT", parent + "00"}}).wanted());
  EXPECT_TRUE(policy({{"TRACEPARENT", parent + "01"}}).wanted());
  EXPECT_TRUE(policy({{"TRACEPARENT", parent + "00"}, {"OTEL_TRACES_SAMPLER", "always_on"}}).wanted());
}

TEST(TraceParent, AsTheSpecificationSays) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c", span = "b7ad6b7169203331";
  EXPECT_EQ(trace_parent("00-" + trace + "-" + span + "-01"), TraceParent::kSampled);
  EXPECT_EQ(trace_parent("00-" + trace + "-" + span + "-00"), TraceParent::kUnsampled);
  EXPECT_EQ(trace_parent("cc-" + trace + "-" + span + "-01-more"), TraceParent::kSampled);
  EXPECT_EQ(trace_parent("00-" + trace + "-" + span + "-01-more"), TraceParent::kNone);
  EXPECT_EQ(trace_parent("ff-" + trace + "-" + span + "-01"), TraceParent::kNone);
  EXPECT_EQ(trace_parent("00-" + std::string(32, '0') + "-" + span + "-01"), TraceParent::kNone);
  EXPECT_EQ(trace_parent("00-" + trace + "-" + std::string(16, '0') + "-01"), TraceParent::kNone);
  EXPECT_EQ(trace_parent("00-0AF7651916CD43DD8448EB211C80319C-" + span + "-01"), TraceParent::kNone);
  EXPECT_EQ(trace_parent(""), TraceParent::kNone);
}

}  // namespace
}  // namespace pyro::tracer

// Does each name of the tracer promise what its users know, and what holds when several are used at once?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/presets.h"

#include <gtest/gtest.h>

#include <cstring>

#include "variables.h"

namespace pyro::tracer {
namespace {

const Preset &preset(const char *factory) {
  for (const Preset &one : kPresets)
    if (std::strcmp(one.factory, factory) == 0) return one;
  std::abort();
}

using Variables = std::map<std::string, std::string>;

Settings told(const char *factory, const char *params = "", const Variables &set = {}) {
  variables = set;
  const bool plain = std::strcmp(factory, "pyroscope") == 0;
  return with_preset(read_settings(params, environment), plain ? nullptr : &preset(factory));
}

const char *const kSeed = "prometheus-latency-tracer";
const char *const kProm = "prom-latency";

TEST(Presets, LatencyTracersSendNothingSampleNothingAndHaveTheirFamilies) {
  for (const char *name : {kSeed, kProm}) {
    const Settings settings = effective(told(name));
    EXPECT_EQ(settings.text(kServerUrl), "none");
    EXPECT_EQ(settings.text(kOtlpEndpoint), "none");
    EXPECT_EQ(settings.number(kSampleRate), 0);
    EXPECT_EQ(settings.text(kTiming), "wrap");
    EXPECT_EQ(settings.number(kPort), 0) << "no port, no listener";
    EXPECT_EQ(families(settings), name == kSeed ? "seed" : "prom-latency");
    EXPECT_FALSE(wants_agent(settings, nullptr));
    EXPECT_TRUE(settings.ignored.empty());
  }
}

TEST(Presets, ThePlainTracerIsAsItWas) {
  const Settings settings = effective(told("pyroscope"));
  EXPECT_EQ(settings.text(kServerUrl), "http://localhost:4040");
  EXPECT_EQ(settings.number(kSampleRate), 100);
  EXPECT_EQ(families(settings), "");
  EXPECT_TRUE(wants_agent(settings, nullptr));
}

TEST(Presets, WhatSomebodyAsksForWins) {
  const Settings server = effective(told(kSeed, "server-url=http://pyroscope:4040"));
  EXPECT_EQ(server.text(kServerUrl), "http://pyroscope:4040");
  EXPECT_EQ(server.number(kSampleRate), 100) << "a server gets profiles";
  EXPECT_TRUE(wants_agent(server, nullptr));
  const Settings known = effective(told(kSeed, "", {{"PYROSCOPE_SERVER_ADDRESS", "http://pyroscope:4040"}}));
  EXPECT_EQ(known.number(kSampleRate), 100);
  EXPECT_TRUE(wants_agent(known, nullptr));
  EXPECT_EQ(effective(told(kSeed, "capture=/tmp/x")).number(kSampleRate), 100);
  EXPECT_EQ(effective(told(kSeed, "sample-rate=20")).number(kSampleRate), 20);
  EXPECT_TRUE(wants_agent(effective(told(kSeed, "", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"}})), nullptr));
  EXPECT_TRUE(wants_agent(effective(told(kSeed, "port=9092")), nullptr));
  EXPECT_TRUE(wants_agent(effective(told(kSeed)), "/etc/pyroscope.json"));
  EXPECT_EQ(families(told(kSeed, "compat=all")), "seed+prom-latency");
  EXPECT_EQ(families(told("pyroscope", "compat=prom-latency")), "prom-latency");
  EXPECT_EQ(families(told(kProm, "compat=none")), "");
}

TEST(Presets, OnlyTheSeedsOwnVariableUnderItsNameOpensEveryAddress) {
  const Variables variable{{"GST_PROMETHEUS_TRACER_PORT", "9092"}};
  const Settings seed = told(kSeed, "flags=pipeline+element+reported", variable);
  EXPECT_EQ(seed.number(kPort), 9092);
  EXPECT_EQ(seed.text(kAddress), "0.0.0.0");
  EXPECT_NE(public_port(seed).find("GST_PROMETHEUS_TRACER_PORT=9092"), std::string::npos);
  for (const Settings &local : {told("pyroscope", "", variable), told(kSeed, "port=9092"), told(kProm, "port=9092"),
                                told(kSeed, "address=127.0.0.1", variable), told(kSeed, "port=9093", variable),
                                told(kSeed, "", {{"GST_PYROSCOPE_PORT", "9092"}})}) {
    EXPECT_GT(local.number(kPort), 0);
    EXPECT_EQ(local.text(kAddress), "127.0.0.1");
    EXPECT_EQ(public_port(local), "");
  }
  EXPECT_EQ(public_port(told(kSeed, "address=0.0.0.0,port=1")), "") << "who writes it knows it";
}

TEST(Presets, NonsenseInTheVariableIsNamedAndOpensNothing) {
  for (const char *nonsense : {"abc", "70000", "-1", "90 92"}) {
    const Settings settings = told(kSeed, "", {{"GST_PROMETHEUS_TRACER_PORT", nonsense}});
    EXPECT_EQ(settings.number(kPort), 0);
    ASSERT_EQ(settings.ignored.size(), 1u);
    EXPECT_EQ(settings.ignored[0].rfind("GST_PROMETHEUS_TRACER_PORT=" + std::string(nonsense), 0), 0u);
  }
}

TEST(Presets, TheOwnVariableComesBeforeTheOlderOne) {
  const Settings settings =
      told("pyroscope", "", {{"GST_PROMETHEUS_TRACER_PORT", "9092"}, {"GST_PYROSCOPE_PORT", "9093"}});
  EXPECT_EQ(settings.number(kPort), 9093);
  EXPECT_EQ(settings.option[kPort].named, "GST_PYROSCOPE_PORT");
}

TEST(Presets, FlagsChooseAndOthersAreNamed) {
  EXPECT_EQ(families(told(kSeed, "flags=pipeline+element+reported")), "seed");
  EXPECT_EQ(families(told(kSeed, "flags=element")), "seed");
  EXPECT_EQ(families(told(kSeed, "flags=\"pipeline,reported\"")), "");
  const Settings wrong = told(kSeed, "flags=element+elements");
  EXPECT_EQ(families(wrong), "seed");
  ASSERT_EQ(wrong.ignored.size(), 1u);
  EXPECT_NE(wrong.ignored[0].find("elements is none of pipeline, element, reported"), std::string::npos);
  EXPECT_EQ(told(kSeed, "filters=GstElement").notes.size(), 1u);
}

Settings joined(std::initializer_list<Settings> all) {
  Settings first = *all.begin();
  for (auto at = all.begin() + 1; at != all.end(); at++) join(first, *at);
  return effective(first);
}

TEST(JoinedTracers, HaveTheFamiliesOfAllOfThem) {
  EXPECT_EQ(families(joined({told(kSeed), told(kProm)})), "seed+prom-latency");
  EXPECT_EQ(families(joined({told("pyroscope"), told(kProm)})), "prom-latency");
  EXPECT_EQ(families(joined({told(kSeed), told("pyroscope")})), "seed");
  EXPECT_EQ(families(joined({told(kSeed, "compat=none"), told(kProm)})), "");
}

TEST(JoinedTracers, SendProfilesIfOneOfThemDoes) {
  for (const Settings &both : {joined({told("pyroscope"), told(kSeed)}), joined({told(kSeed), told("pyroscope")})}) {
    EXPECT_EQ(both.text(kServerUrl), "http://localhost:4040");
    EXPECT_EQ(both.number(kSampleRate), 100);
    EXPECT_TRUE(wants_agent(both, nullptr));
  }
  EXPECT_FALSE(wants_agent(joined({told(kSeed), told(kProm)}), nullptr));
}

TEST(JoinedTracers, ObeyWhoSaidMoreAndThenWhoCameFirst) {
  const Settings both = joined({told("pyroscope", "sample-rate=10"), told(kSeed, "sample-rate=20,port=9092")});
  EXPECT_EQ(both.number(kSampleRate), 10);
  EXPECT_EQ(both.number(kPort), 9092);
  EXPECT_EQ(joined({told("pyroscope", "timing=off"), told(kSeed, "timing=wrap")}).text(kTiming), "off");
  EXPECT_EQ(joined({told("pyroscope"), told(kSeed, "timing=off")}).text(kTiming), "off");
}

}  // namespace
}  // namespace pyro::tracer

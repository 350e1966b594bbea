// Does any text in GST_TRACERS leave a tracer with known settings, and one sentence about each thing it could not use?
// SPDX-License-Identifier: MPL-2.0
#include "tracer/params.h"

#include <gtest/gtest.h>

#include <cstring>
#include <sstream>

#include "tracer/params-split.h"
#include "variables.h"

namespace pyro::tracer {
namespace {

Settings read(const char *params, const std::map<std::string, std::string> &set = {}) {
  variables = set;
  return read_settings(params, environment);
}

std::string sentences(const Settings &settings) {
  std::ostringstream all;
  for (const std::string &one : settings.ignored) all << one << "\n";
  return all.str();
}

struct Understood {
  const char *params;
  Option option;
  const char *value;
};

TEST(Params, AnySpellingOfAValueIsUnderstoodWithoutAWord) {
  const Understood table[] = {
      {nullptr, kSampleRate, "100"},
      {"", kSampleRate, "100"},
      {"   ", kSampleRate, "100"},
      {",,,", kSampleRate, "100"},
      {"sample-rate=50", kSampleRate, "50"},
      {" sample-rate = 50 , timing = off ", kSampleRate, "50"},
      {" sample-rate = 50 , timing = off ", kTiming, "off"},
      {"sample-rate=(int)50", kSampleRate, "50"},
      {"sample-rate=(uint) 50", kSampleRate, "50"},
      {"sample-rate=\"50\"", kSampleRate, "50"},
      {"sample-rate=1000", kSampleRate, "1000"},
      {"sample-rate=10,sample-rate=20", kSampleRate, "20"},
      {"timing=WRAP", kTiming, "wrap"},
      {"timing=(string)\"off\"", kTiming, "off"},
      {"stop-agent-on-dispose=false", kStopAgentOnDispose, "false"},
      {"stop-agent-on-dispose=No", kStopAgentOnDispose, "false"},
      {"stop-agent-on-dispose=1", kStopAgentOnDispose, "true"},
      {"server-url=http://localhost:4040", kServerUrl, "http://localhost:4040"},
      {"server-url=", kServerUrl, ""},
      {"server-url=\"\"", kServerUrl, ""},
      {"server-url=http://u:p@h:4040/p?y=1", kServerUrl, "http://u:p@h:4040/p?y=1"},
      {"server-url=\"http://h/a,b\"", kServerUrl, "http://h/a,b"},
      {"tags=k1=v1", kTags, "k1=v1"},
      {"tags=k1=v1,k2=v2", kTags, "k1=v1,k2=v2"},
      {"tags=k1=v1, k2 = v2 ,sample-rate=50", kTags, "k1=v1,k2 = v2"},
      {"tags=k1=v1,k2=v2,sample-rate=50", kSampleRate, "50"},
      {"tags=\"k1=v1,k2=v2\"", kTags, "k1=v1,k2=v2"},
      {"tags=(string)\"k1=v1,k2=v2\",timing=off", kTiming, "off"},
      {"tags=\"a=say \\\"hi\\\", you\"", kTags, "a=say \"hi\", you"},
      {"tags=\"a=(b)\"", kTags, "a=(b)"},
      {"tags=\"r\xc3\xa9gion=\xe6\x9d\xb1\xe4\xba\xac\"", kTags, "r\xc3\xa9gion=\xe6\x9d\xb1\xe4\xba\xac"},
      {"tags=\"k1=v1,sample-rate=50", kSampleRate, "50"},
      {"tags=\"k1=v1,sample-rate=50", kTags, "k1=v1"},
      {"exit-timeout=-1", kExitTimeout, "-1"},
  };
  for (const Understood &row : table) {
    const Settings settings = read(row.params);
    EXPECT_EQ(settings.text(row.option), row.value) << (row.params ? row.params : "(none)");
    EXPECT_EQ(sentences(settings), "") << (row.params ? row.params : "(none)");
  }
}

TEST(Params, EveryTypeOfGStreamersSyntaxIsTakenOffAndNothingElseInParentheses) {
  const Understood table[] = {
      {"sample-rate=(uint)99", kSampleRate, "99"},
      {"sample-rate=( guint64 ) 99 ,timing=off", kSampleRate, "99"},
      {"wall-rate=(int)7", kWallRate, "7"},
      {"sample-rate=(float)50", kSampleRate, "50"},
      {"span-ratio=(double)0.05", kSpanRatio, "0.05"},
      {"stop-agent-on-dispose=(boolean)false", kStopAgentOnDispose, "false"},
      {"stop-agent-on-dispose=(b)no", kStopAgentOnDispose, "false"},
      {"timing=(string)off", kTiming, "off"},
      {"timing=(gchararray)\"off\"", kTiming, "off"},
      {"tags=(string)k1=v1,k2=v2", kTags, "k1=v1,k2=v2"},
      {"include-filter=(enc|dec).*", kIncludeFilter, "(enc|dec).*"},
  };
  for (const Understood &row : table) {
    const Settings settings = read(row.params);
    EXPECT_EQ(settings.text(row.option), row.value) << row.params;
    EXPECT_EQ(sentences(settings), "") << row.params;
  }
}

struct Cut {
  const char *params, *tracers, *whole;
};

TEST(Params, WhatAnOlderGStreamerCutsAtTheFirstParenthesisComesFromTheVariable) {
  const Cut table[] = {
      {"sample-rate=(uint", "pyroscope(sample-rate=(uint)99,timing=off)", "sample-rate=(uint)99,timing=off"},
      {"a=1,b=(int", "latency(flags=(string)x);pyroscope(a=1,b=(int)2);stats", "a=1,b=(int)2"},
      {"tags=\"a=(b", "pyroscope(tags=\"a=(b)\",timing=off)", "tags=\"a=(b)\",timing=off"},
      {"tags=\"a=b:", "pyroscope(tags=\"a=b:)\",timing=off)", "tags=\"a=b:)\",timing=off"},
      // Whole already, or of another text.
      {"sample-rate=(uint)99", "pyroscope(sample-rate=(uint)99)", "sample-rate=(uint)99"},
      {"sample-rate=50", "pyroscope(sample-rate=50)", "sample-rate=50"},
      {"sample-rate=(uint", "", "sample-rate=(uint"},
      {"sample-rate=(uint", "stats;latency(flags=element)", "sample-rate=(uint"},
      {"", "pyroscope", ""},
  };
  for (const Cut &row : table) EXPECT_EQ(uncut(row.params, row.tracers), row.whole) << row.tracers;
}

struct Refused {
  const char *params;
  const char *sentence;
};

TEST(Params, WhatCannotBeUsedIsSaidOnceWithWhatIsUsedInstead) {
  const Refused table[] = {
      {"sample-rate=0", "sample-rate=0 takes no samples: buffers are timed only\n"},
      {"sample-rate=-1", "sample-rate=-1 is outside 0 to 1000: using sample-rate=100\n"},
      {"sample-rate=1000000", "sample-rate=1000000 is outside 0 to 1000: using sample-rate=100\n"},
      {"sample-rate=99999999999999999999",
       "sample-rate=99999999999999999999 is not a whole number: using sample-rate=100\n"},
      {"sample-rate=fast", "sample-rate=fast is not a whole number: using sample-rate=100\n"},
      {"sample-rate=100.5", "sample-rate=100.5 is not a whole number: using sample-rate=100\n"},
      {"sample-rate=", "sample-rate= is not a whole number: using sample-rate=100\n"},
      {"sample-rate", "sample-rate= is not a whole number: using sample-rate=100\n"},
      {"sample-rate=50,sample-rate=no", "sample-rate=no is not a whole number: using sample-rate=50\n"},
      {"timing=hook", "timing=hook is not one of wrap|hooks|off: using timing=wrap\n"},
      {"timing=wrap|off", "timing=wrap|off is not one of wrap|hooks|off: using timing=wrap\n"},
      {"stop-agent-on-dispose=maybe",
       "stop-agent-on-dispose=maybe is neither true nor false: using stop-agent-on-dispose=true\n"},
      {"sampel-rate=5", "unknown parameter sampel-rate (did you mean sample-rate?) ignored\n"},
      {"sample_rate=5", "unknown parameter sample_rate (did you mean sample-rate?) ignored\n"},
      {"url=http://u:secret@h", "unknown parameter url ignored\n"},
      {"=5", "something that is no key=value ignored\n"},
      {"sample-rate=-1,colour=red,timing=off",
       "sample-rate=-1 is outside 0 to 1000: using sample-rate=100\nunknown parameter colour ignored\n"},
  };
  for (const Refused &row : table) EXPECT_EQ(sentences(read(row.params)), row.sentence) << row.params;
  EXPECT_EQ(read("sample-rate=-1,colour=red,timing=off").text(kTiming), "off") << "the rest still counts";
}

TEST(Params, AParameterWinsOverTheEnvironmentAndThatOverTheDefault) {
  const Settings settings =
      read("sample-rate=10", {{"GST_PYROSCOPE_SAMPLE_RATE", "20"}, {"GST_PYROSCOPE_TIMING", "off"}});
  EXPECT_EQ(settings.number(kSampleRate), 10);
  EXPECT_EQ(settings.option[kSampleRate].source, Source::kParameter);
  EXPECT_EQ(settings.text(kTiming), "off");
  EXPECT_EQ(settings.option[kTiming].source, Source::kEnvironment);
  EXPECT_EQ(settings.option[kServerUrl].source, Source::kDefault);
  EXPECT_EQ(sentences(settings), "");
}

TEST(Params, AnEmptyVariableIsNoneAndABadOneIsNamed) {
  EXPECT_EQ(sentences(read("", {{"GST_PYROSCOPE_SAMPLE_RATE", ""}})), "");
  const Settings settings = read("", {{"GST_PYROSCOPE_SAMPLE_RATE", "many"}});
  EXPECT_EQ(sentences(settings), "GST_PYROSCOPE_SAMPLE_RATE=many is not a whole number: using sample-rate=100\n");
  EXPECT_EQ(settings.number(kSampleRate), 100);
  const Settings both = read("sample-rate=much", {{"GST_PYROSCOPE_SAMPLE_RATE", "20"}});
  EXPECT_EQ(sentences(both), "sample-rate=much is not a whole number: using sample-rate=20\n");
}

TEST(Params, EveryOptionHasATwinInTheEnvironment) {
  for (uint32_t i = 0; i < kOptionCount; i++) {
    const OptionInfo &info = option_info(static_cast<Option>(i));
    const std::string value = info.type == Type::kInt    ? "7"
                              : info.type == Type::kBool ? "false"
                              : info.type == Type::kEnum ? std::strrchr(info.choices, '|') + 1
                                                         : "x";
    const Settings settings = read("", {{info.environment, value}});
    EXPECT_EQ(settings.option[i].value, value) << info.environment;
    EXPECT_EQ(settings.option[i].source, Source::kEnvironment) << info.environment;
  }
}

TEST(Params, NoSentenceHoldsASecret) {
  const char *table[] = {
      "sample-rate=http://user:hunter2@host",
      "timing=https://user:hunter2@host/path",
      "timing=https://user:x/hunter2@host/path",
      "timing=https://user:p@hunter2@host",
      "sample-rate=\"see http://a:hunter2@h and http://b:hunter2@h\"",
      "server-url=http://user:pass,hunter2@host",
      "hunter2@host",
      "server-url=http://host,http://user:hunter2@host",
  };
  for (const char *params : table) {
    const std::string all = sentences(read(params));
    EXPECT_NE(all, "") << params;
    EXPECT_EQ(all.find("hunter2"), std::string::npos) << all;
  }
}

TEST(Params, UrlsWithoutCredentialsAreLeftAsTheyAre) {
  for (const char *url : {"http://localhost:4040", "http://host/a@b", "http://host:80/a@b", "http://host?mail=a@b",
                          "a@b", "", "http://", "://@"})
    EXPECT_EQ(without_secrets(url), std::string(url) == "://@" ? "://***@" : url);
  EXPECT_EQ(without_secrets("http://u:p@host:4040/x"), "http://***@host:4040/x");
  EXPECT_EQ(without_secrets("http://token@host"), "http://***@host");
}

}  // namespace
}  // namespace pyro::tracer

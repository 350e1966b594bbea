// Does no secret leave the process, and nearly everything else stay readable?
// SPDX-License-Identifier: MPL-2.0
#include "process/redact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

using pyro::process::redact;
using pyro::process::redact_attributes;
using pyro::process::redact_command;
using pyro::process::redact_name;

struct Row {
  std::string in, out;
};

// The one table of both halves: what comes in, a tab, what may be shown ("=": all of it), where it is documented.
std::vector<Row> table() {
  std::vector<Row> rows;
  std::ifstream file(SECRETS_TSV);
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    const size_t page = std::min(line.find('\t', tab + 1), line.size());
    const std::string in = line.substr(0, tab), out = line.substr(tab + 1, page - tab - 1);
    rows.push_back({in, out == "=" ? in : out});
  }
  return rows;
}

TEST(Redact, ShowsOfEachRowOfTheTableWhatIsKnownToBeHarmless) {
  EXPECT_GE(table().size(), 300u);
  for (const Row &row : table()) EXPECT_EQ(redact(row.in), row.out) << row.in;
}

TEST(Redact, ChangesNothingThatItHasHiddenAlready) {
  for (const Row &row : table()) EXPECT_EQ(redact(row.out), row.out) << row.in;
}

TEST(RedactName, LooksOnlyAtNamesThatCanHoldAUrl) {
  EXPECT_EQ(redact_name("rtsp://u:SECRET@h/x"), "rtsp://***@h/x");
  EXPECT_EQ(redact_name("turns:u:SECRET@h"), "turns:***@h");
  EXPECT_EQ(redact_name("src:password SECRET"), "src:password SECRET");
  EXPECT_EQ(redact_name("decoder@2"), "decoder@2");
}

TEST(RedactAttributes, HidesOnlyWhatSoundsSecretOrHoldsAUrlWithAUser) {
  EXPECT_EQ(redact_attributes("team=video,site=Berlin 3,api.key=SECRET,url=http://u:SECRET@h/"),
            "team=video,site=Berlin 3,api.key=***,url=http://***@h/");
  EXPECT_EQ(redact_attributes("a,,=x"), "a,,=x");
}

TEST(RedactCommand, HidesTheArgumentBehindASecretOption) {
  EXPECT_EQ(redact_command({"app", "--password", "SECRET", "--user", "bob"}, 1000), "app --password *** --user bob");
  EXPECT_EQ(redact_command({"app", "--api-token=SECRET", "x"}, 1000), "app --api-token=*** x");
  EXPECT_EQ(redact_command({"app", "--password", "--verbose", "x"}, 1000), "app --password --verbose x");
  EXPECT_EQ(redact_command({"app", "password", "x"}, 1000), "app password x");
}

TEST(RedactCommand, QuotesWhatHoldsBlanks) {
  EXPECT_EQ(redact_command({"gst-launch-1.0", "a b", "", "it's"}, 1000), "gst-launch-1.0 'a b' '' 'it'\\''s'");
}

TEST(RedactCommand, CutsAfterHidingAndBetweenCharacters) {
  const std::string cut = redact_command({"app", "token=SECRET", std::string(5000, 'x')}, 100);
  EXPECT_EQ(cut.size(), 100u);
  EXPECT_EQ(cut.find("SECRET"), std::string::npos);
  for (size_t limit = 4; limit < 40; limit++) {
    const std::string text = redact_command({"üüüüüüüüüüüüüüüüüüüüüüü"}, limit);
    EXPECT_LE(text.size(), limit);
    EXPECT_EQ((text.size() - 3) % 2, 0u) << limit;  // whole characters of two bytes, then the mark of three
  }
}

std::string random_text(std::mt19937 &random, const std::string &alphabet, size_t length) {
  std::string text(length, ' ');
  for (char &c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

TEST(Redact, SurvivesAnyBytesAndIsDoneAfterOneTime) {
  std::mt19937 random(1);
  const std::string alphabet = "=:/@?&#'\"()<>!;, tokenkeypasswordBearer eyJrtmp://\\\n\xc3\xbc";
  size_t again = 0;
  for (int i = 0; i < 20000; i++) {
    std::string text = random_text(random, alphabet, random() % 60);
    if (i % 5 == 0 && !text.empty()) text[random() % text.size()] = static_cast<char>(random());
    const std::string once = redact(text);
    EXPECT_LE(once.size(), 4 * text.size() + 16);
    if (redact(once) != once && again++ < 5) ADD_FAILURE() << text << "\n" << once << "\n" << redact(once);
  }
  EXPECT_EQ(again, 0u);
}

// %: where the secret stands.
constexpr const char *kPlaces[] = {"rtsp://admin:%@host/x",
                                   "location=rtsp://admin:%@host/x",
                                   "souphttpsrc user-pw=\"%\" x=1",
                                   "-H 'Authorization: Token %'",
                                   "rtmp://h/app/%",
                                   "srt://h:1?passphrase=%",
                                   "{\"password\":\"%\"}",
                                   "webrtcbin turn-server=turns:u:%@h"};

TEST(Redact, LetsNoSixCharactersOfASecretThrough) {
  std::mt19937 random(2);
  const std::string alphabet = "abcXYZ0189!#$%&+,-./:;=?@^_|~()";
  for (int i = 0; i < 8000; i++) {
    const std::string secret = "s" + random_text(random, alphabet, 6 + random() % 20);
    std::string text = kPlaces[static_cast<size_t>(i) % std::size(kPlaces)];
    text.replace(text.find('%'), 1, secret);
    const std::string out = redact(text);
    for (size_t at = 0; at + 6 <= secret.size(); at++)
      ASSERT_EQ(out.find(secret.substr(at, 6)), std::string::npos) << text << "\n -> " << out;
  }
}

TEST(Redact, TakesTimeInProportion) {
  for (const char *piece :
       {"://", "a:",     "=",       "token='", "\"",      "rtmp://a/b/c ", "eyJ", "bearer ", "((((",  "u:p@",
        "a=@", "(a:// ", "'a=\"b=", "x://@",   "token=<", "\"a:b",         "/a",  "?a;",     "turn:", "(a@<b@"}) {
    std::string text;
    while (text.size() < 1000000) text += piece;
    const auto seconds = [](std::string_view part) {
      const clock_t begin = clock();
      redact(part);
      return static_cast<double>(clock() - begin) / CLOCKS_PER_SEC;
    };
    const double eighth = seconds(std::string_view(text).substr(0, text.size() / 8));
    EXPECT_LT(seconds(text), 24 * eighth + 0.2) << piece;  // 8 times the text; 64 were quadratic
  }
}

}  // namespace

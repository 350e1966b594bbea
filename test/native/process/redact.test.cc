// Does no secret leave the process, and nearly everything else stay readable?
// SPDX-License-Identifier: MPL-2.0
#include "process/redact.h"

#include <gtest/gtest.h>

#include <random>

namespace {

using pyro::process::redact;
using pyro::process::redact_command;

struct Row {
  const char *in;
  const char *out;
};

// X = a secret: no row may let one through.
constexpr Row kSecrets[] = {
    {"rtsp://admin:SECRET@10.0.0.1:554/ch1", "rtsp://***@10.0.0.1:554/ch1"},
    {"rtsp://admin:pa@SECRET@cam/ch1", "rtsp://***@cam/ch1"},
    {"rtsp://admin:pa/SECRET@cam/ch1", "rtsp://***@cam/ch1"},
    {"https://SECRET@host/path", "https://***@host/path"},
    {"location=http://u:SECRET@h/a.mp4 ! decodebin", "location=http://***@h/a.mp4 ! decodebin"},
    {"a http://u:SECRET@h/ b http://v:SECRET@i/", "a http://***@h/ b http://***@i/"},
    {"http://h/x?token=SECRET&n=1", "http://h/x?token=***&n=1"},
    {"http://h/x?n=1&access_token=SECRET", "http://h/x?n=1&access_token=***"},
    {"http://h/x?X-Amz-Signature=SECRET&X-Amz-Credential=SECRET/eu&n=1",
     "http://h/x?X-Amz-Signature=***&X-Amz-Credential=***&n=1"},
    {"https://h/b?sv=1&sig=SECRET%3D", "https://h/b?sv=1&sig=***"},
    {"srt://h:9000?mode=caller&passphrase=SECRET", "srt://h:9000?mode=caller&passphrase=***"},
    {"srt://h:9000?streamid=SECRET", "srt://h:9000?streamid=***"},
    {"rtmp://live.example/app/SECRET", "rtmp://live.example/app/***"},
    {"rtmps://live.example:443/app/SECRET?bw=1", "rtmps://live.example:443/app/***?bw=1"},
    {"location=rtmp://h/app/SECRET live=1", "location=rtmp://h/app/*** live=1"},
    {"user-id=bob user-pw=SECRET", "user-id=bob user-pw=***"},
    {"proxy-pw = SECRET ! x", "proxy-pw = *** ! x"},
    {"password=\"two SECRET\" x=1", "password=*** x=1"},
    {"passphrase='two SECRET' x=1", "passphrase=*** x=1"},
    {"extra-headers=\"h, Authorization=(string)\\\"Bearer SECRET\\\"\"", nullptr},
    {"Authorization: Bearer SECRET.x-y_z", nullptr},
    {"-H 'Cookie: id=SECRET'", nullptr},
    {"http-headers=\"Proxy-Authorization: Basic SECRET\"", nullptr},
    {"x eyJSECRET.eyJ1.c2ln y", "x *** y"},
    {"stream-key=SECRET key-int-max=60", "stream-key=*** key-int-max=60"},
    {"streamKey=SECRET", "streamKey=***"},
    {"aws-secret-access-key=SECRET access-key=SECRET", "aws-secret-access-key=*** access-key=***"},
    {"signaller::auth-token=SECRET", "signaller::auth-token=***"},
    {"{\"password\": \"SECRET\", \"n\": 1}", "{\"password\": ***, \"n\": 1}"},
};

constexpr const char *kHarmless[] = {
    "videotestsrc num-buffers=100 ! x264enc key-int-max=60 speed-preset=veryfast ! fakesink",
    "http://localhost:4040",
    "rtmp://host/app",
    "rtmp://host",
    "file:///tmp/a.mp4",
    "udp://239.0.0.1:5000",
    "location=/data/keys/monkey.mp4",
    "caps=video/x-raw,width=640",
    "http://h:8080/a@b",
    "time: 10",
    "",
    "***",
    "https://[::1]:8443/x?n=1#y",
    "user@host",
    "a=b=c",
    "://",
    "=",
    ":",
    "token",
    "ein=Schlüssel"};

TEST(Redact, HidesEverySecretOfTheTable) {
  for (const Row &row : kSecrets) {
    const std::string out = redact(row.in);
    EXPECT_EQ(out.find("SECRET"), std::string::npos) << row.in << "\n -> " << out;
    if (row.out) {
      EXPECT_EQ(out, row.out);
    }
    EXPECT_NE(out.find("***"), std::string::npos);
  }
}

TEST(Redact, LeavesHarmlessTextAlone) {
  for (const char *text : kHarmless) EXPECT_EQ(redact(text), text);
}

TEST(Redact, ChangesNothingThatItHasHiddenAlready) {
  for (const Row &row : kSecrets) {
    const std::string once = redact(row.in);
    EXPECT_EQ(redact(once).find("SECRET"), std::string::npos);
    if (row.out) {
      EXPECT_EQ(redact(once), once);
    }
  }
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

TEST(Redact, SurvivesAnyBytes) {
  std::mt19937 random(1);
  const std::string alphabet = "=:/@?&#'\"()! tokenkeypasswordBearer eyJrtmp://\\\n\xc3\xbc";
  for (int i = 0; i < 20000; i++) {
    std::string text(random() % 60, ' ');
    for (char &c : text) c = random() % 20 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    EXPECT_LE(redact(text).size(), 4 * text.size() + 16);
  }
}

TEST(Redact, TakesTimeInProportion) {
  for (const char *piece : {"://", "a:", "=", "token='", "\"", "rtmp://a/b/c ", "eyJ", "bearer ", "((((", "u:p@"}) {
    std::string text;
    while (text.size() < 200000) text += piece;
    const clock_t begin = clock();
    redact(text);
    EXPECT_LT(static_cast<double>(clock() - begin) / CLOCKS_PER_SEC, 2.0) << piece;
  }
}

}  // namespace

// Does the text say what the segment says, family by family, and nothing twice?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/records.h"
#include "written.h"

namespace pyro::exposition {
namespace {

// fakesrc ! tee ! (bin: identity) and a second branch; the tee calls both.
struct Branches : Written {
  explicit Branches(const std::string &families) : Written(families) {
    const uint32_t p = pipeline("pipeline3");
    const uint32_t source = pad(element(p, "fakesrc7", "fakesrc"), "src");
    const uint32_t tee = element(p, "t", "tee"), bin = element(p, "b", "bin", "GstBin");
    const uint32_t branch = pad(tee, "src_0", "src_%u");
    const uint32_t inner = pad(element(bin, "identity9", "identity"), "sink");
    call(cell(pad(tee, "sink"), source), 2000000, 1000, 10);
    call(cell(inner, branch), 1999000, 1999000, 10);
  }
};

const char *const kTee = "{pipeline=\"pipeline0\",path=\"pipeline0/t\",element=\"t\",factory=\"tee\",pad=\"sink\"}";

TEST(Exposition, AnEmptySegmentIsValidAndHasNoPads) {
  Written empty;
  const auto all = samples(empty.text());
  EXPECT_EQ(empty.text().find("gst_element"), std::string::npos);
  EXPECT_EQ(all.at("gst_pyroscope_info{version=\"1.2.3\",gstreamer=\"1.22.0\"}"), "1");
  EXPECT_EQ(all.at("gst_pyroscope_losses_total{reason=\"ring_full\"}"), "0");
}

TEST(Exposition, OursAreInBaseUnitsWithRenumberedNamesAndRealHistograms) {
  const auto all = samples(Branches("").text());
  const std::string tee(kTee);
  EXPECT_EQ(all.at("gst_element_exclusive_seconds_sum" + tee), "0.000001");
  EXPECT_EQ(all.at("gst_element_inclusive_seconds_sum" + tee), "0.002");
  EXPECT_EQ(all.at("gst_element_inclusive_seconds_count" + tee), "1");
  EXPECT_EQ(all.at("gst_pad_buffers_total" + tee), "1");
  EXPECT_EQ(all.at("gst_pad_bytes_total" + tee), "10");
  EXPECT_EQ(all.count("gst_pad_calls_total{pipeline=\"pipeline0\",path=\"pipeline0/b/identity0\",element=\"identity0\","
                      "factory=\"identity\",pad=\"sink\"}"),
            1u);
  EXPECT_EQ(all.count("gst_element_latency_count_count"), 0u);
}

TEST(Exposition, APipelinesLatencyIsToldOnlyWhereMostBuffersWereFoundAgain) {
  Written written;
  const uint32_t p = written.pipeline();
  const uint32_t source = written.pad(written.element(p, "src", "fakesrc"), "src");
  for (const uint64_t matched : {10, 150}) {
    const std::string name = "sink" + std::to_string(matched);
    const uint32_t sink = written.pad(written.element(p, name, "fakesink"), "sink");
    wire::Cell &way = written.cell(sink, source, wire::kCellLatency);
    wire::bump(way.invocations, 221);
    wire::bump(way.buffers, matched);
    for (uint64_t i = 0; i < matched; i++) way.inclusive.record(wire::grid, 4000000);
  }
  const auto all = samples(written.text());
  const std::string stem = "{pipeline=\"pipeline0\",source=\"src\",sink=";
  EXPECT_EQ(all.count("gst_pipeline_latency_seconds_count" + stem + "\"sink10\"}"), 0u);
  EXPECT_EQ(all.at("gst_pipeline_latency_seconds_count" + stem + "\"sink150\"}"), "150");
  EXPECT_EQ(all.at("gst_pipeline_latency_unmatched_buffers_total" + stem + "\"sink10\"}"), "211");
  std::string records;
  for (const std::string &line : Records().next(written.segment())) records += line + "\n";
  EXPECT_EQ(records.find("sink10"), std::string::npos);
  EXPECT_NE(records.find("sink150"), std::string::npos);
}

TEST(Exposition, DriversAndQueuesHaveFamiliesOfTheirOwnAndCountNoBuffer) {
  Written written("seed+prom-latency");
  const uint32_t q = written.element(written.pipeline(), "q", "queue");
  const uint32_t in = written.pad(q, "sink"), out = written.pad(q, "src");
  wire::Cell &gaps = written.cell(out, 0, wire::kCellDriver), &stay = written.cell(in, out, wire::kCellQueue);
  wire::bump(gaps.invocations, 1);
  gaps.exclusive.record(wire::grid, 3000000);
  wire::bump(stay.buffers, 2);
  wire::bump(stay.invocations, 2);
  wire::bump(stay.dropped, 7);
  stay.level = 3;
  for (int i = 0; i < 2; i++) stay.inclusive.record(wire::grid, 4000000);
  const auto all = samples(written.text());
  const std::string stem = "{pipeline=\"pipeline0\",path=\"pipeline0/q\",element=\"q\",factory=\"queue\",pad=";
  EXPECT_EQ(all.at("gst_element_driver_seconds_sum" + stem + "\"src\"}"), "0.003");
  EXPECT_EQ(all.at("gst_queue_wait_seconds_count" + stem + "\"sink\"}"), "2");
  EXPECT_EQ(all.at("gst_queue_wait_seconds_sum" + stem + "\"sink\"}"), "0.008");
  EXPECT_EQ(all.at("gst_queue_dropped_buffers_total" + stem + "\"sink\"}"), "7");
  EXPECT_EQ(all.at("gst_queue_level_buffers" + stem + "\"sink\"}"), "3");
  EXPECT_EQ(written.text().find("gst_pad_buffers_total"), std::string::npos);
  EXPECT_EQ(written.text().find("_latency_"), std::string::npos);
}

TEST(Exposition, EveryFamilyHasItsHelpAndTypeBeforeItsSamplesAndOnce) {
  std::istringstream lines(Branches("seed+prom-latency").text());
  std::map<std::string, int> types;
  std::string family;
  for (std::string line, word, kind; std::getline(lines, line);) {
    std::istringstream words(line);
    words >> word;
    if (word == "#") {
      words >> kind >> word;
      if (kind == "HELP") family = word;
      EXPECT_EQ(word, family);
      if (kind != "TYPE") continue;
      EXPECT_EQ(++types[family], 1) << family;
    } else {
      EXPECT_EQ(line.rfind(family, 0), 0u) << line;
      EXPECT_EQ(types[family], 1) << line;
    }
  }
  EXPECT_EQ(types.size(), 7u + 7u + 6u);
}

TEST(Exposition, PromLatencyIsAsItsDashboardsKnowIt) {
  const std::string text = Branches("prom-latency").text();
  const std::string tee = "{element=\"t\",path=\"/GstPipeline:pipeline0\",sink_pad=\"sink\",src_pad=\"src\"} ";
  const std::string inner =
      "{element=\"identity0\",path=\"/GstPipeline:pipeline0/GstBin:b\",sink_pad=\"sink\",src_pad=\"src_0\"} ";
  EXPECT_NE(text.find("# HELP gst_element_latency_count_count Count of latency measurements per element\n"
                      "# TYPE gst_element_latency_count_count counter\n"
                      "gst_element_latency_count_count" +
                      tee +
                      "1\n"
                      "gst_element_latency_count_count" +
                      inner +
                      "1\n"
                      "# HELP gst_element_latency_last_gauge Last latency in nanoseconds per element\n"
                      "# TYPE gst_element_latency_last_gauge gauge\n"
                      "gst_element_latency_last_gauge" +
                      tee +
                      "1000\n"
                      "gst_element_latency_last_gauge" +
                      inner +
                      "1999000\n"
                      "# HELP gst_element_latency_sum_count Sum of latencies in nanoseconds per element\n"
                      "# TYPE gst_element_latency_sum_count counter\n"
                      "gst_element_latency_sum_count" +
                      tee +
                      "1000\n"
                      "gst_element_latency_sum_count" +
                      inner + "1999000\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("gstreamer_element"), std::string::npos);
}

TEST(Exposition, TheSeedsFamiliesNamePadsBehindTheirElement) {
  const std::string text = Branches("seed").text();
  EXPECT_NE(text.find("gstreamer_element_latency_last_gauge{element=\"identity0\",sink_pad=\"identity0.sink\","
                      "src_pad=\"t.src_0\"} 1999000\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("gst_element_latency"), std::string::npos);
}

TEST(Exposition, APulledPadIsTheSourcePad) {
  Written written("prom-latency");
  const uint32_t p = written.pipeline();
  const uint32_t from = written.pad(written.element(p, "filesrc0", "filesrc"), "src");
  const uint32_t to = written.pad(written.element(p, "demux", "oggdemux"), "sink");
  call(written.cell(from, to, wire::kCellPull), 5000, 5000);
  const auto all = samples(written.text());
  EXPECT_EQ(all.at("gst_element_latency_sum_count{element=\"filesrc0\",path=\"/GstPipeline:pipeline0\","
                   "sink_pad=\"sink\",src_pad=\"src\"}"),
            "5000");
}

TEST(Exposition, CellsOfOneNameAreAddedUpAndTheLatestCallCounts) {
  Written written("prom-latency");
  const uint32_t tee = written.element(written.pipeline(), "mux", "funnel");
  for (const char *name : {"sink_1001", "sink_1002"}) {
    wire::Cell &cell = written.cell(written.pad(tee, name, "sink_%u"));
    call(cell, 300, 200);
    call(cell, 500, 400);
  }
  const auto all = samples(written.text());
  const std::string ours =
      "{pipeline=\"pipeline0\",path=\"pipeline0/mux\",element=\"mux\",factory=\"funnel\","
      "pad=\"sink_%u\"}";
  EXPECT_EQ(all.at("gst_pad_buffers_total" + ours), "4");
  EXPECT_EQ(all.at("gst_element_exclusive_seconds_sum" + ours), "0.0000012");
  const std::string theirs = "{element=\"mux\",path=\"/GstPipeline:pipeline0\",sink_pad=\"sink\",src_pad=\"\"}";
  EXPECT_EQ(all.at("gst_element_latency_last_gauge" + theirs), "400");
  EXPECT_EQ(all.at("gst_element_latency_count_count" + theirs), "4");
}

TEST(Exposition, TheSecondElementOfANameShowsItsBin) {
  Written written;
  const uint32_t p = written.pipeline("live", 2);
  for (const char *bin : {"left", "right"}) {
    const uint32_t encoder = written.element(written.element(p, bin, "bin", "GstBin"), "enc/1", "x264enc");
    call(written.cell(written.pad(encoder, "sink")), 1, 1);
  }
  const auto all = samples(written.text());
  EXPECT_EQ(all.count("gst_pad_buffers_total{pipeline=\"live#2\",path=\"live#2/left/enc\\\\/1\",element=\"enc/1\","
                      "factory=\"x264enc\",pad=\"sink\"}"),
            1u)
      << written.text();
  EXPECT_EQ(all.count("gst_pad_buffers_total{pipeline=\"live#2\",path=\"live#2/right/enc\\\\/1\","
                      "element=\"right/enc/1\",factory=\"x264enc\",pad=\"sink\"}"),
            1u);
}

TEST(Exposition, TheOverflowCellIsThereOnlyWhenItCounted) {
  Written written("all+prom-latency");
  EXPECT_EQ(written.text().find("(overflow)"), std::string::npos);
  call(written.segment().cells.cell[wire::kOverflowCell], 500, 400);
  const auto all = samples(written.text());
  EXPECT_EQ(all.at("gst_pad_buffers_total{pipeline=\"\",path=\"(overflow)\",element=\"(overflow)\",factory=\"\","
                   "pad=\"(overflow)\"}"),
            "1");
  EXPECT_EQ(written.text().find("gst_element_latency"), std::string::npos);
}

TEST(Exposition, ThereAreOnlySoManyPipelines) {
  Written written;
  for (int i = 0; i < 210; i++) {
    const uint32_t sink =
        written.pad(written.element(written.pipeline("p" + std::to_string(i)), "s", "fakesink"), "sink");
    call(written.cell(sink), 1, 1);
  }
  const std::string text = written.text();
  EXPECT_NE(text.find("pipeline=\"p199\""), std::string::npos);
  EXPECT_EQ(text.find("pipeline=\"p200\""), std::string::npos);
  EXPECT_NE(text.find("pipeline=\"(other)\""), std::string::npos);
}

}  // namespace
}  // namespace pyro::exposition

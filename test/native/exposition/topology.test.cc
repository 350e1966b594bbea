// Do directory entries become the paths and labels that a person expects, whatever the target says of parents?
// SPDX-License-Identifier: MPL-2.0
#include "exposition/topology.h"

#include <gtest/gtest.h>

namespace pyro::exposition {
namespace {

using wire::DirectoryName;

DirectoryName pipeline(uint32_t id, const std::string &name, uint64_t ordinal = 1, uint64_t number = 0) {
  return {id, wire::kEntryPipeline, 0, ordinal, number, {name, "pipeline", "GstPipeline"}};
}
DirectoryName element(uint32_t id, uint32_t parent, const std::string &name, const std::string &factory = "identity",
                      uint64_t number = 0) {
  return {id, wire::kEntryElement, parent, 0, number, {name, factory, "plugin", "Class", "Gst" + factory}};
}
DirectoryName pad(uint32_t id, uint32_t element, const std::string &name, const std::string &pad_template) {
  return {id, wire::kEntryPad, element, 2, 0, {name, pad_template}};
}

Topology of(const std::vector<DirectoryName> &names) {
  Topology topology;
  topology.add(names);
  return topology;
}

TEST(Topology, APathHasThePipelineTheBinsAndTheElement) {
  const Topology topology =
      of({pipeline(2, "p"), element(3, 2, "b", "bin"), element(4, 3, "i"), pad(5, 4, "sink", "sink")});
  EXPECT_EQ(topology.path(4), "p/b/i");
  EXPECT_EQ(topology.path(2), "p");
  EXPECT_EQ(topology.parent_objects(4), "/GstPipeline:p/Gstbin:b");
  EXPECT_EQ(topology.node(4).factory, "identity");
  EXPECT_EQ(topology.node(4).pipeline, 2u);
  EXPECT_TRUE(topology.node(2).is_pipeline);
  EXPECT_EQ(topology.pad(5).element, 4u);
}

TEST(Topology, WhatIsNotKnownHasNoNames) {
  const Topology topology = of({});
  EXPECT_EQ(topology.path(7), "");
  EXPECT_EQ(topology.parent_objects(7), "");
  EXPECT_EQ(topology.pad(7).label, "");
  EXPECT_EQ(topology.fact("gstreamer"), "");
}

TEST(Topology, AutomaticNamesHaveSmallNumbersAndOthersAreSafe) {
  const Topology topology = of({pipeline(2, "pipeline17", 1, 1), element(3, 2, "identity42", "identity", 3),
                                element(4, 2, "cam rtsp://me:secret@host/x"), pad(5, 3, "src_4711", "src_%u")});
  EXPECT_EQ(topology.path(3), "pipeline0/identity2");
  EXPECT_EQ(topology.node(4).label, "cam (uri)");
  EXPECT_EQ(topology.pad(5).label, "src_%u");
}

TEST(Topology, ASecondPipelineOfOneNameHasItsOrdinal) {
  const Topology topology = of({pipeline(2, "p"), pipeline(3, "p", 2), element(4, 3, "i")});
  EXPECT_EQ(topology.path(2), "p");
  EXPECT_EQ(topology.path(4), "p#2/i");
}

TEST(Topology, AnElementWhoseNameIsTakenIsLabelledBehindItsBin) {
  const Topology topology = of({pipeline(2, "p"), element(3, 2, "i"), element(4, 2, "b", "bin"), element(5, 4, "i"),
                                pipeline(6, "q"), element(7, 6, "i")});
  EXPECT_EQ(topology.node(3).label, "i");
  EXPECT_EQ(topology.node(5).label, "b/i");
  EXPECT_EQ(topology.node(7).label, "i") << "of another pipeline";
}

TEST(Topology, ASlashInANameIsNoStepOfThePath) {
  EXPECT_EQ(of({pipeline(2, "p"), element(3, 2, "a/b")}).path(3), "p/a\\/b");
}

TEST(Topology, APathThatIsTooDeepOrTooLongShowsItsBeginAndItsEnd) {
  std::vector<DirectoryName> names{pipeline(2, "p")};
  for (uint32_t id = 3; id < 60; id++) names.push_back(element(id, id - 1, "n" + std::to_string(id), "bin"));
  const Topology deep = of(names);
  EXPECT_EQ(deep.path(33).find("…"), std::string::npos);
  EXPECT_EQ(deep.path(59).substr(deep.path(59).size() - 8), "/…/n59");
  EXPECT_EQ(deep.path(59).substr(0, 5), "p/n3/");
  EXPECT_EQ(deep.parent_objects(59).substr(deep.parent_objects(59).size() - 4), "/…");
  names = {pipeline(2, "p")};
  for (uint32_t id = 3; id < 20; id++) names.push_back(element(id, id - 1, std::string(120, 'x'), "bin"));
  EXPECT_LE(of(names).path(19).size(), 1024 + 120 + 10u);
  EXPECT_NE(of(names).path(19).find("/…/"), std::string::npos);
}

TEST(Topology, AParentThatComesLaterOrIsItselfIsNone) {
  const Topology topology =
      of({element(3, 3, "self"), element(4, 5, "early"), element(5, 4, "late"), pipeline(3, "p")});
  EXPECT_EQ(topology.path(3), "self") << "a name that is there already stays";
  EXPECT_EQ(topology.path(4), "early");
  EXPECT_EQ(topology.path(5), "early/late");
}

TEST(Topology, EntriesWithTooFewTextsAndTheOverflowNameAreNoHarm) {
  Topology topology = of({{1, wire::kEntryOverflow, 0, 0, 0, {"(overflow)"}},
                          {2, wire::kEntryElement, 1, 0, 0, {}},
                          {3, wire::kEntryPad, 2, 0, 0, {}},
                          {4, wire::kEntryFact, 0, 0, 0, {"key"}}});
  EXPECT_EQ(topology.node(1).label, "(overflow)");
  EXPECT_EQ(topology.pad(1).label, "(overflow)");
  EXPECT_EQ(topology.pad(1).element, 1u);
  EXPECT_EQ(topology.node(2).label, "");
  EXPECT_EQ(topology.fact("key"), "");
  topology.add({{5, wire::kEntryFact, 0, 0, 0, {"key", "one"}}, {6, wire::kEntryFact, 0, 0, 0, {"key", "two"}}});
  EXPECT_EQ(topology.fact("key"), "two");
}

}  // namespace
}  // namespace pyro::exposition

// Does every shared structure have the size and the offsets that the other process was built with?
// SPDX-License-Identifier: MPL-2.0
#include <gtest/gtest.h>

#include "wire/segment.h"

using namespace pyro::wire;

// Numbers, not expressions: a change here is a change of WIRE_VERSION.
TEST(WireLayout, RecordHeaderIsPinned) {
  EXPECT_EQ(sizeof(RecordHeader), 8u);
  EXPECT_EQ(offsetof(RecordHeader, kind), 0u);
  EXPECT_EQ(offsetof(RecordHeader, size), 2u);
  EXPECT_EQ(offsetof(RecordHeader, thread), 4u);
}

TEST(WireLayout, StackSampleIsPinned) {
  EXPECT_EQ(sizeof(StackSample), 48u);
  EXPECT_EQ(offsetof(StackSample, span), 40u);
  EXPECT_EQ(offsetof(StackSample, time_ns), 8u);
  EXPECT_EQ(offsetof(StackSample, weight_ns), 16u);
  EXPECT_EQ(offsetof(StackSample, element), 24u);
  EXPECT_EQ(offsetof(StackSample, depth), 28u);
  EXPECT_EQ(offsetof(StackSample, end), 30u);
  EXPECT_EQ(offsetof(StackSample, flags), 31u);
  EXPECT_EQ(offsetof(StackSample, chain), 32u);
  EXPECT_EQ(offsetof(StackSample, system_call), 34u);
  EXPECT_EQ(offsetof(StackSample, thread_number), 36u);
  EXPECT_EQ(record_bytes(0, 0), 48u);
  EXPECT_EQ(record_bytes(1, 1), 64u);
}

TEST(WireLayout, SpanIsPinned) {
  EXPECT_EQ(sizeof(SpanRing), 6295552u);
  EXPECT_EQ(offsetof(SpanRing, tail), 64u);
  EXPECT_EQ(offsetof(SpanRing, slot), 128u);
  EXPECT_EQ(kBytesWithSpans, 11485184u);
  EXPECT_EQ(sizeof(SpanSlot), 96u);
  EXPECT_EQ(offsetof(SpanSlot, turn), 0u);
  EXPECT_EQ(offsetof(SpanSlot, span), 8u);
  EXPECT_EQ(sizeof(Span), 88u);
  EXPECT_EQ(offsetof(Span, trace_high), 0u);
  EXPECT_EQ(offsetof(Span, trace_low), 8u);
  EXPECT_EQ(offsetof(Span, id), 16u);
  EXPECT_EQ(offsetof(Span, parent), 24u);
  EXPECT_EQ(offsetof(Span, start_ns), 32u);
  EXPECT_EQ(offsetof(Span, duration_ns), 40u);
  EXPECT_EQ(offsetof(Span, pts), 48u);
  EXPECT_EQ(offsetof(Span, bytes), 56u);
  EXPECT_EQ(offsetof(Span, pad), 64u);
  EXPECT_EQ(offsetof(Span, peer), 68u);
  EXPECT_EQ(offsetof(Span, thread), 72u);
  EXPECT_EQ(offsetof(Span, tid), 76u);
  EXPECT_EQ(offsetof(Span, buffers), 80u);
  EXPECT_EQ(offsetof(Span, kind), 84u);
  EXPECT_EQ(offsetof(Span, flow), 85u);
  EXPECT_EQ(offsetof(Span, flags), 86u);
}

TEST(WireLayout, ChunkIsPinned) {
  EXPECT_EQ(sizeof(Chunk), 16384u);
  EXPECT_EQ(offsetof(Chunk, owner), 0u);
  EXPECT_EQ(offsetof(Chunk, committed), 4u);
  EXPECT_EQ(offsetof(Chunk, read), 8u);
  EXPECT_EQ(offsetof(Chunk, data), 64u);
}

TEST(WireLayout, RingIsPinned) { EXPECT_EQ(sizeof(Ring), 2097152u); }

TEST(WireLayout, DirectoryEntryIsPinned) {
  EXPECT_EQ(sizeof(DirectoryEntry), 48u);
  EXPECT_EQ(offsetof(DirectoryEntry, generation), 0u);
  EXPECT_EQ(offsetof(DirectoryEntry, block_bytes), 4u);
  EXPECT_EQ(offsetof(DirectoryEntry, fields), 8u);
  EXPECT_EQ(sizeof(DirectoryFields), 40u);
  EXPECT_EQ(offsetof(DirectoryFields, id), 0u);
  EXPECT_EQ(offsetof(DirectoryFields, parent), 4u);
  EXPECT_EQ(offsetof(DirectoryFields, kind), 8u);
  EXPECT_EQ(offsetof(DirectoryFields, text_bytes), 10u);
  EXPECT_EQ(offsetof(DirectoryFields, serial), 16u);
  EXPECT_EQ(offsetof(DirectoryFields, value0), 24u);
  EXPECT_EQ(offsetof(DirectoryFields, value1), 32u);
}

TEST(WireLayout, DirectoryIsPinned) {
  EXPECT_EQ(sizeof(Directory), 786496u);
  EXPECT_EQ(offsetof(Directory, bytes), 0u);
  EXPECT_EQ(offsetof(Directory, entries), 4u);
  EXPECT_EQ(offsetof(Directory, changes), 8u);
  EXPECT_EQ(offsetof(Directory, data), 64u);
}

TEST(WireLayout, RecyclingIsPinned) {
  EXPECT_EQ(sizeof(Recycling), 24u);
  EXPECT_EQ(offsetof(Recycling, retired), 0u);
  EXPECT_EQ(offsetof(Recycling, asked), 8u);
  EXPECT_EQ(offsetof(Recycling, acknowledged), 16u);
}

TEST(WireLayout, HistogramIsPinned) {
  EXPECT_EQ(sizeof(Histogram), 2088u);
  EXPECT_EQ(offsetof(Histogram, sum_ns), 0u);
  EXPECT_EQ(offsetof(Histogram, min_ns), 8u);
  EXPECT_EQ(offsetof(Histogram, max_ns), 16u);
  EXPECT_EQ(offsetof(Histogram, bucket), 24u);
}

TEST(WireLayout, CellIsPinned) {
  EXPECT_EQ(sizeof(Cell), 4352u);
  EXPECT_EQ(offsetof(Cell, pad), 0u);
  EXPECT_EQ(offsetof(Cell, kind), 4u);
  EXPECT_EQ(offsetof(Cell, peer), 8u);
  EXPECT_EQ(offsetof(Cell, last_ns), 12u);
  EXPECT_EQ(offsetof(Cell, start_unix_ns), 16u);
  EXPECT_EQ(offsetof(Cell, buffers), 24u);
  EXPECT_EQ(offsetof(Cell, bytes), 32u);
  EXPECT_EQ(offsetof(Cell, invocations), 40u);
  EXPECT_EQ(offsetof(Cell, nested), 48u);
  EXPECT_EQ(offsetof(Cell, flow), 56u);
  EXPECT_EQ(offsetof(Cell, inclusive), 120u);
  EXPECT_EQ(offsetof(Cell, exclusive), 2208u);
  EXPECT_EQ(offsetof(Cell, dropped), 4296u);
  EXPECT_EQ(offsetof(Cell, level), 4304u);
  EXPECT_EQ(offsetof(Cell, highest_level), 4312u);
  EXPECT_EQ(offsetof(Cell, generation), 4328u);
  EXPECT_EQ(offsetof(Cell, flushed), 4320u);
}

TEST(WireLayout, CellsIsPinned) {
  EXPECT_EQ(sizeof(Cells), 2284864u);
  EXPECT_EQ(offsetof(Cells, used), 0u);
  EXPECT_EQ(offsetof(Cells, folds), 4u);
  EXPECT_EQ(offsetof(Cells, cell), 64u);
  EXPECT_EQ(offsetof(Cells, ended), 2228288u);
}

TEST(WireLayout, IdentityIsPinned) {
  EXPECT_EQ(sizeof(Identity), 56u);
  EXPECT_EQ(offsetof(Identity, magic), 0u);
  EXPECT_EQ(offsetof(Identity, version), 8u);
  EXPECT_EQ(offsetof(Identity, header_bytes), 12u);
  EXPECT_EQ(offsetof(Identity, total_bytes), 16u);
  EXPECT_EQ(offsetof(Identity, pid), 24u);
  EXPECT_EQ(offsetof(Identity, start_ticks), 32u);
  EXPECT_EQ(offsetof(Identity, created_mono_ns), 40u);
  EXPECT_EQ(offsetof(Identity, created_unix_ns), 48u);
}

TEST(WireLayout, ControlIsPinned) {
  EXPECT_EQ(sizeof(Control), 56u);
  EXPECT_EQ(offsetof(Control, enabled), 0u);
  EXPECT_EQ(offsetof(Control, sample_rate), 4u);
  EXPECT_EQ(offsetof(Control, timing), 8u);
  EXPECT_EQ(offsetof(Control, span_cap), 12u);
  EXPECT_EQ(offsetof(Control, span_threshold), 16u);
  EXPECT_EQ(offsetof(Control, span_slow_ns), 24u);
  EXPECT_EQ(offsetof(Control, span_p99), 32u);
  EXPECT_EQ(offsetof(Control, wall_rate), 36u);
  EXPECT_EQ(offsetof(Control, changes), 40u);
  EXPECT_EQ(offsetof(Control, obeyed), 44u);
  EXPECT_EQ(offsetof(Control, cannot), 48u);
}

TEST(WireLayout, LifeIsPinned) {
  EXPECT_EQ(sizeof(Life), 48u);
  EXPECT_EQ(offsetof(Life, target_state), 0u);
  EXPECT_EQ(offsetof(Life, flush_asked), 4u);
  EXPECT_EQ(offsetof(Life, flush_done), 8u);
  EXPECT_EQ(offsetof(Life, agent_pid), 12u);
  EXPECT_EQ(offsetof(Life, agent_version), 16u);
  EXPECT_EQ(offsetof(Life, refusal), 20u);
  EXPECT_EQ(offsetof(Life, detached), 24u);
  EXPECT_EQ(offsetof(Life, spawned), 28u);
  EXPECT_EQ(offsetof(Life, agent_seen_ns), 32u);
  EXPECT_EQ(offsetof(Life, endpoint_error), 40u);
}

TEST(WireLayout, AccountIsPinned) {
  EXPECT_EQ(sizeof(Account), 96u);
  EXPECT_EQ(offsetof(Account, process_cpu_begin_ns), 0u);
  EXPECT_EQ(offsetof(Account, process_cpu_ns), 8u);
  EXPECT_EQ(offsetof(Account, registered_cpu_ns), 16u);
  EXPECT_EQ(offsetof(Account, last_look_mono_ns), 24u);
  EXPECT_EQ(offsetof(Account, samples_settled), 32u);
  EXPECT_EQ(offsetof(Account, samples_agent_lost), 40u);
  EXPECT_EQ(offsetof(Account, timing_cost_ps), 48u);
  EXPECT_EQ(offsetof(Account, clock_source), 56u);
  EXPECT_EQ(offsetof(Account, own_cpu_ns), 72u);
  EXPECT_EQ(offsetof(Account, unarmed_cpu_ns), 80u);
  EXPECT_EQ(offsetof(Account, unseen_ns), 88u);
  EXPECT_EQ(offsetof(Account, masked_ns), 64u);
}

TEST(WireLayout, MessagesIsPinned) {
  EXPECT_EQ(sizeof(Messages), 8256u);
  EXPECT_EQ(offsetof(Messages, written), 0u);
  EXPECT_EQ(offsetof(Messages, taken), 4u);
  EXPECT_EQ(offsetof(Messages, dropped), 8u);
  EXPECT_EQ(offsetof(Messages, slot), 64u);
  EXPECT_EQ(sizeof(Message), 512u);
  EXPECT_EQ(offsetof(Message, level), 0u);
  EXPECT_EQ(offsetof(Message, bytes), 4u);
  EXPECT_EQ(offsetof(Message, text), 8u);
}

TEST(WireLayout, CountersIsPinned) { EXPECT_EQ(sizeof(Counters), 512u); }

TEST(WireLayout, SegmentIsPinned) {
  EXPECT_EQ(sizeof(Segment), 5189632u);
  EXPECT_EQ(offsetof(Segment, identity), 0u);
  EXPECT_EQ(offsetof(Segment, control), 64u);
  EXPECT_EQ(offsetof(Segment, life), 128u);
  EXPECT_EQ(offsetof(Segment, account), 192u);
  EXPECT_EQ(offsetof(Segment, recycling), 320u);
  EXPECT_EQ(offsetof(Segment, counters), 384u);
  EXPECT_EQ(offsetof(Segment, handler), 896u);
  EXPECT_EQ(offsetof(Segment, directory), 4096u);
  EXPECT_EQ(offsetof(Segment, cells), 794624u);
  EXPECT_EQ(offsetof(Segment, messages), 3080192u);
  EXPECT_EQ(offsetof(Segment, ring), 3092480u);
}

TEST(WireLayout, NumbersThatTravelArePinned) {
  EXPECT_EQ(WIRE_VERSION, 9u);
  EXPECT_EQ(kOldestVersion, 8u);
  EXPECT_EQ(kMagic, 0x3153594750545347ull);
  EXPECT_EQ(kGridBuckets, 258);
  EXPECT_EQ(kChunkCount, 128u);
  EXPECT_EQ(kCellCapacity, 512u);
  EXPECT_EQ(kCounterCapacity, 64u);
  EXPECT_EQ(kMaxRecord, 2232u);
  EXPECT_EQ(kSpanSlots, 65536u);
  EXPECT_EQ(kMaxChain, 34u);
  EXPECT_EQ(kRecordCpuSample, 1);
  EXPECT_EQ(kRecordBlockedSample, 2);
  EXPECT_EQ(kWaitOutside, -1);
  EXPECT_EQ(kWaitCpu, -2);
  EXPECT_EQ(kWaitUnknown, -3);
  EXPECT_EQ(kEntryFact, 1);
  EXPECT_EQ(kEntryOverflow, 7);
  EXPECT_EQ(kEntryFunctions, 8);
  EXPECT_EQ(kFromType, 't');
  EXPECT_EQ(kFromRole, 'r');
  EXPECT_EQ(kEndRoot, 0);
  EXPECT_EQ(kEndNoStack, 8);
}

TEST(WireLayout, AFrameKeepsItsModuleAndItsOffset) {
  for (const uint32_t module : {0u, 1u, 77u, (1u << (64 - kFrameOffsetBits)) - 1})
    for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, uint64_t{0x7fffffffff}, kFrameOffsetMask}) {
      EXPECT_EQ(frame_module(pack_frame(module, offset)), module);
      EXPECT_EQ(frame_offset(pack_frame(module, offset)), offset);
    }
}

// The agent finds a counter by its number: one that is added between others, or renamed, is a change of WIRE_VERSION.
TEST(WireLayout, CountersKeepTheirNumbers) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (uint32_t i = 0; i < 54; i++)
    for (const char *at = kCounterInfo[i].name; *at != 0; at++) hash = (hash ^ static_cast<uint8_t>(*at)) * 16777619u;
  EXPECT_EQ(WIRE_VERSION, 9u);
  EXPECT_EQ(hash, 596114828u);
}

TEST(WireLayout, EveryCounterHasItsOwnName) {
  for (uint32_t i = 0; i < kCounterCount; i++) {
    EXPECT_STRNE(kCounterInfo[i].name, "");
    for (uint32_t j = 0; j < i; j++) EXPECT_STRNE(kCounterInfo[i].name, kCounterInfo[j].name);
  }
}

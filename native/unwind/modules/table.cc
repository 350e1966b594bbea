// How does an address find its rule in a few cache lines?
// SPDX-License-Identifier: MPL-2.0
#include "unwind/modules/table.h"

namespace pyro::unwind {

bool Table::build(const MappedArray<Row> &rows, uint64_t text_bytes) {
  const auto pages = static_cast<uint32_t>(text_bytes >> kPageBits) + 1;
  directory_ = pages + 1;
  rows_ = static_cast<uint32_t>(rows.size());
  if (!blob_.resize(directory_ + rows.size())) return false;
  uint32_t *packed = blob_.data() + directory_;
  uint32_t page = 0;
  for (uint32_t i = 0; i < rows_; i++) {
    const Row &row = rows[i];
    while (page <= row.at >> kPageBits && page < pages) blob_[page++] = i;
    const PackedRow small{static_cast<uint16_t>(row.at & kPageMask), row.rule};
    memcpy(packed + i, &small, sizeof small);
  }
  while (page <= pages) blob_[page++] = rows_;
  return true;
}

}  // namespace pyro::unwind

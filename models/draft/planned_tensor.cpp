#include "models/draft/planned_tensor.h"

#include "formats/checkpoint/columns.h"

namespace quire::models {

namespace {

std::uint64_t sliced(const RowSlice& slice, std::uint64_t row) noexcept {
    if (slice.run != 0) row = row / slice.run * slice.stride + row % slice.run;
    return row + slice.first;
}

}  // namespace

RowPlace place_of(const PlannedTensor& planned, std::uint64_t row) noexcept {
    RowPlace place{planned.source, row};
    if (!planned.below.empty()) {
        const std::uint64_t part = row / planned.rows_of_each;
        if (part > 0) place.source = planned.below[part - 1];
        place.row = row % planned.rows_of_each;
    }
    if (planned.unpair_head_dim != 0) {
        const std::uint64_t in_head = place.row % planned.unpair_head_dim;
        const std::uint64_t pairs = planned.unpair_dim / 2;
        std::uint64_t from = in_head;
        if (in_head < 2 * pairs) from = 2 * (in_head % pairs) + in_head / pairs;
        from = (from + planned.unpair_first) % planned.unpair_head_dim;
        place.row += from;
        place.row -= in_head;
    }
    for (const RowPart& part : planned.parts) {
        if (place.row < part.rows) {
            place.row = sliced(part.slice, place.row);
            return place;
        }
        place.row -= part.rows;
    }
    place.row = sliced(planned.slice, place.row);
    return place;
}

void read_row(std::span<float> out, const PlannedTensor& planned, std::uint64_t row) {
    const RowPlace place = place_of(planned, row);
    if (planned.transposed) {
        formats::read_column(out, *place.source, place.row);
    } else {
        formats::read_row(out, *place.source, place.row);
    }
    for (std::size_t i = 0; i < planned.add.size(); ++i) out[i] += planned.add[i];
    if (planned.times != 1.0F) {
        for (float& value : out) value *= planned.times;
    }
}

}  // namespace quire::models

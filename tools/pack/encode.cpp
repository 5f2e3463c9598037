#include "tools/pack/encode.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/tensor/panel.h"
#include "tools/pack/random_panel.h"

namespace quire::pack {

namespace {

using formats::SourceTensor;
using formats::TensorRecord;
using tensor::DType;
using tensor::kBlock;
using tensor::kPanelRows;

// Bytes encoded before they are written. One write of many megabytes gets most of them into huge pages
// of the page cache, from which the model then runs faster.
constexpr std::uint64_t kBatchBytes = 32U << 20;

[[noreturn]] void fail(const SourceTensor& source, const std::string& message) {
    throw Error(ErrorCode::model, "tensor " + source.name, message);
}

void check_values(std::span<const float> values, DType dtype, const SourceTensor& source) {
    // The largest number that f16 can hold, as a value or as a block's scale or minimum.
    const float limit =
        dtype == DType::f32 || dtype == DType::bf16 ? std::numeric_limits<float>::max() : 65504.0F;
    for (const float value : values) {
        if (std::isfinite(value) && std::abs(value) <= limit) continue;
        fail(source, std::isfinite(value)
                         ? "holds " + std::to_string(value) + ", too large for " +
                               std::string(tensor::info(dtype).name) + " (try --type bf16)"
                         : std::string("holds a value that is not a finite number"));
    }
}

void check_blocks(std::span<const tensor::Block> blocks, const SourceTensor& source,
                  const tensor::DTypeInfo& type) {
    const std::size_t n_groups = groups_of_block(type);
    for (const tensor::Block& block : blocks) {
        for (std::size_t g = 0; g < n_groups; ++g) {
            const float scale = group_scale(block, g, type);
            if (!std::isfinite(scale) || !std::isfinite(group_min(block, g, type))) {
                fail(source, "holds a scale that is not a finite number");
            }
            // Of a code, at most. f16 scales are never that large.
            if (!std::isfinite(128.0F * scale * block.row_scale)) {
                fail(source, "holds a scale that is too large: its weights are not finite numbers");
            }
        }
    }
}

// Encodes up to 16 rows from `first` on into one panel; missing rows are zero.
void encode_panel(std::span<std::byte> out, const models::PlannedTensor& planned,
                  const TensorRecord& record, const PanelQuantizer& quantizer,
                  std::uint64_t first) {
    const std::uint64_t n_rows = std::min<std::uint64_t>(kPanelRows, record.rows - first);
    const bool as_it_is = tensor::info(record.dtype).is_block &&
                          kept_dtype(planned) == record.dtype && models::rows_unchanged(planned);
    std::vector<float> values(as_it_is ? 0 : kPanelRows * record.columns);
    const std::uint64_t n_blocks = record.columns / kBlock;
    std::vector<tensor::Block> blocks(tensor::info(record.dtype).is_block ? kPanelRows * n_blocks
                                                                          : 0);
    std::ranges::fill(blocks, tensor::zero_block(tensor::info(record.dtype)));
    if (!as_it_is && !tensor::can_quantize(tensor::info(record.dtype))) {
        const std::string_view name = tensor::info(record.dtype).name;
        throw Error(ErrorCode::usage, "--tensor-type",
                    fmt::format("expected a tensor that the checkpoint has as {}, found {} ({})",
                                name, record.name, formats::type_name(*planned.source)));
    }
    for (std::uint64_t r = 0; r < n_rows; ++r) {
        const models::RowPlace place = models::place_of(planned, first + r);
        const SourceTensor& source = *place.source;
        if (as_it_is) {
            const auto row_blocks = std::span(blocks).subspan(r * n_blocks, n_blocks);
            formats::read_blocks(row_blocks, source, place.row);
            check_blocks(row_blocks, source, tensor::info(record.dtype));
            continue;
        }
        const auto row_values = std::span(values).subspan(r * record.columns, record.columns);
        models::read_row(row_values, planned, first + r);
        check_values(row_values, record.dtype, source);
    }
    if (blocks.empty()) {
        tensor::encode_float_panel(out, values, record.dtype, record.columns);
    } else {
        if (!as_it_is) quantizer.quantize(blocks, values, tensor::info(record.dtype));
        tensor::encode_block_panel(out, blocks, record.dtype, record.columns);
    }
}

}  // namespace

DType kept_dtype(const models::PlannedTensor& planned) {
    // The models whose shapes there are were published in it.
    if (planned.source == nullptr) return DType::bf16;
    const DType dtype = formats::kept_dtype(*planned.source);
    // A sum of two rows, or a product, is not a value of the checkpoint.
    const bool as_they_are = planned.add.empty() && planned.times == 1.0F;
    // Experts may have different types.
    const bool of_one_type = std::ranges::all_of(planned.below, [&](const SourceTensor* part) {
        return formats::kept_dtype(*part) == dtype;
    });
    return as_they_are && of_one_type ? dtype : DType::f32;
}

std::vector<std::string> growth_notes(const models::Plan& plan,
                                      std::span<const TensorRecord> records) {
    // By what the checkpoint calls them.
    std::map<std::pair<std::string_view, DType>, double> found;
    const auto look_at = [&](const SourceTensor& source, DType ours) {
        found[{formats::type_name(source), ours}] = formats::bits_per_weight(source);
    };
    for (std::size_t i = 0; i < records.size(); ++i) {
        const models::PlannedTensor& planned = plan.tensors[i];
        if (!records[i].is_matrix || planned.source == nullptr) continue;
        if (records[i].dtype != kept_dtype(planned)) continue;
        look_at(*planned.source, records[i].dtype);
        for (const SourceTensor* part : planned.below) look_at(*part, records[i].dtype);
    }
    std::vector<std::string> notes;
    for (const auto& [name, bits] : found) {
        const tensor::DTypeInfo& ours = tensor::info(name.second);
        if (ours.bits_per_weight <= bits) continue;
        std::string note =
            fmt::format("{} is kept value for value in {}: {:.2f} bits a weight, not {:.2f}",
                        name.first, ours.name, ours.bits_per_weight, bits);
        // Decoded, because no type has such codes.
        if (!ours.is_block) note += " (--type q8 rounds to 8.50)";
        notes.push_back(std::move(note));
    }
    return notes;
}

void write_tensor(formats::QuireWriter& writer, const models::PlannedTensor& planned,
                  const TensorRecord& record, const EncodeTools& tools) {
    if (!record.is_matrix) {
        writer.append_tensor(std::as_bytes(std::span(planned.values)));
        tools.progress(record.length);
        return;
    }
    if (tensor::info(record.dtype).is_block) tools.quantizer.begin(record.name, record.columns);
    const std::uint64_t panel = tensor::panel_bytes(record.dtype, record.columns);
    const std::uint64_t n_panels = (record.rows + kPanelRows - 1) / kPanelRows;
    const std::uint64_t batch = std::max<std::uint64_t>(1, kBatchBytes / panel);
    std::vector<std::byte> out(std::min(batch, n_panels) * panel);
    for (std::uint64_t first = 0; first < n_panels; first += batch) {
        const std::uint64_t n = std::min(batch, n_panels - first);
        base::parallel_for(tools.n_threads, n, [&](std::size_t i) {
            const auto at = std::span(out).subspan(i * panel, panel);
            const std::uint64_t row = (first + i) * kPanelRows;
            if (planned.source == nullptr) {
                random_panel(at, record, row);
            } else {
                encode_panel(at, planned, record, tools.quantizer, row);
            }
        });
        writer.append_tensor(std::span(out).first(n * panel));
        tools.progress(n * panel);
    }
    if (planned.source == nullptr) return;
    formats::release(*planned.source);
    for (const SourceTensor* part : planned.below) formats::release(*part);
}

}  // namespace quire::pack

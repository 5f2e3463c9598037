#include "formats/quantized/linear_codes.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "formats/quantized/numbers.h"
#include "formats/quantized/stored.h"
#include "lib/tensor/half.h"

namespace quire::formats {

namespace {

using tensor::Block;
using tensor::DType;
using tensor::kBlock;

constexpr DType kSymmetric[] = {DType::q3, DType::q4, DType::q5, DType::q6, DType::q8};
constexpr DType kWithMinimum[] = {DType::q2m_16, DType::q3m, DType::q4m,
                                  DType::q5m,    DType::q6m, DType::q8m};

bool is_f16(float value) {
    return tensor::f16_to_f32(tensor::f32_to_f16(value)) == value;
}

// The group of each column; empty where groups are runs of columns, as they are without an order.
std::vector<std::uint32_t> read_groups(const LinearModule& module, std::uint64_t n_groups) {
    if (!module.group_of_column) return {};
    const CodedTensor& part = *module.group_of_column;
    if (part.dtype != "I32" || part.shape != std::vector<std::uint64_t>{module.columns}) {
        refuse_tensor(part, "I32 " + shape_text(std::vector<std::uint64_t>{module.columns}));
    }
    std::vector<std::uint32_t> groups(module.columns);
    std::memcpy(groups.data(), part.data.data(), part.data.size());
    bool ascending = true;
    for (std::uint64_t c = 0; c < module.columns; ++c) {
        if (groups[c] >= n_groups) {
            refuse_tensor(part, "groups below " + std::to_string(n_groups) + ", not " +
                                    std::to_string(static_cast<std::int32_t>(groups[c])));
        }
        ascending = ascending && groups[c] == c / module.group_size;
    }
    if (ascending) groups.clear();
    return groups;
}

// What belongs to a group of a row.
struct Group {
    float scale = 0;
    float bias = 0;
    int zero = 0;
};

class LinearCodes final : public ComposedRows {
  public:
    LinearCodes(Facts facts, const LinearModule& module, Numbers scales,
                std::optional<Numbers> biases, std::uint64_t n_groups)
        : ComposedRows(std::move(facts)),
          rows_(module.rows),
          columns_(module.columns),
          n_groups_(n_groups),
          scales_transposed_(module.scales_transposed),
          middle_(1 << (module.bits - 1)),
          codes_(module.codes, module.packing, module.bits, {module.rows, module.columns}),
          scales_(std::move(scales)),
          biases_(std::move(biases)),
          group_size_(module.group_size),
          groups_(read_groups(module, n_groups)) {
        if (module.zeros) {
            zeros_.emplace(*module.zeros, module.zeros_packing, module.bits,
                           GridShape{module.rows, n_groups}, module.zeros_add);
        }
        if (module.group_of_column) order_ = *module.group_of_column;
    }

    void read_row(std::span<float> out, std::uint64_t row) const override {
        const std::vector<Group> groups = groups_of(row);
        const std::vector<std::uint8_t> codes = codes_of(row);
        for (std::size_t c = 0; c < out.size();) {
            const Group& group = groups[group_at(c)];
            for (const std::size_t end = end_of_run(c); c < end; ++c) {
                out[c] = static_cast<float>(codes[c] - group.zero) * group.scale;
                if (biases_) out[c] += group.bias;
            }
        }
    }

    void read_blocks(std::span<Block> out, std::uint64_t row) const override {
        const tensor::DTypeInfo& type = tensor::info(facts().dtype);
        const std::vector<Group> groups = groups_of(row);
        const std::vector<std::uint8_t> codes = codes_of(row);
        for (std::size_t b = 0; b < out.size(); ++b) {
            const Group& group = groups[group_at(b * kBlock)];
            Block block;
            // A scale that is no f16 is that of zeros.
            const std::uint16_t scale = is_f16(group.scale) ? tensor::f32_to_f16(group.scale) : 0;
            for (std::size_t g = 0; g < groups_of_block(type); ++g) {
                block.scale[g] = scale;
                block.min[g] = tensor::f32_to_f16(group.bias);
            }
            for (std::size_t i = 0; i < kBlock; ++i) {
                block.codes[i] = static_cast<std::uint8_t>(codes[b * kBlock + i] - group.zero +
                                                           code_offset(type));
            }
            out[b] = block;
        }
    }

    void release() const noexcept override {
        release_parts({&codes_.tensor(), &scales_.tensor(), zeros_ ? &zeros_->tensor() : nullptr,
                       biases_ ? &biases_->tensor() : nullptr, order_ ? &*order_ : nullptr});
    }

    // The type that keeps all values; see linear_tensor().
    DType kept(unsigned bits) const {
        if (!whole_blocks()) return DType::f32;
        int low = 0;
        int high = 0;
        for (std::uint64_t row = 0; row < rows_; ++row) {
            const std::vector<Group> groups = groups_of(row);
            for (std::uint64_t g = 0; g < n_groups_; ++g) {
                const Group& group = groups[g];
                if (!is_f16(group.bias)) return DType::f32;
                if (!is_f16(group.scale) && !is_zero(row, g, group)) return DType::f32;
                low = std::min(low, -group.zero);
                high = std::max(high, (1 << bits) - 1 - group.zero);
            }
        }
        return biases_ ? smallest(kWithMinimum, low, high) : smallest(kSymmetric, low, high);
    }

  private:
    std::uint64_t number_of(std::uint64_t row, std::uint64_t group) const {
        return scales_transposed_ ? group * rows_ + row : row * n_groups_ + group;
    }
    std::vector<Group> groups_of(std::uint64_t row) const {
        std::vector<Group> groups(n_groups_);
        for (std::uint64_t g = 0; g < n_groups_; ++g) {
            groups[g].scale = scales_[number_of(row, g)];
            if (biases_) {
                groups[g].bias = (*biases_)[number_of(row, g)];
            } else {
                groups[g].zero = zeros_ ? static_cast<int>(zeros_->at(row, g)) : middle_;
            }
        }
        return groups;
    }
    std::vector<std::uint8_t> codes_of(std::uint64_t row) const {
        std::vector<std::uint8_t> codes(columns_);
        codes_.read_row(codes, row);
        return codes;
    }
    // Behind the last of the columns from this one on that are known to be in its group.
    std::uint64_t end_of_run(std::uint64_t column) const {
        if (!groups_.empty()) return column + 1;
        return std::min(columns_, (column / group_size_ + 1) * group_size_);
    }
    std::uint64_t group_at(std::uint64_t column) const {
        return groups_.empty() ? column / group_size_ : groups_[column];
    }
    bool whole_blocks() const {
        if (columns_ % kBlock != 0) return false;
        for (std::uint64_t c = 1; c < columns_; ++c) {
            if (c % kBlock != 0 && group_at(c) != group_at(c - 1)) return false;
        }
        return true;
    }
    // In whole blocks, groups are runs of columns or have their columns anywhere.
    bool is_zero(std::uint64_t row, std::uint64_t g, const Group& group) const {
        const bool run = groups_.empty();
        const std::uint64_t first = run ? g * group_size_ : 0;
        const std::uint64_t end = run ? std::min(columns_, first + group_size_) : columns_;
        for (std::uint64_t c = first; c < end; ++c) {
            if (group_at(c) != g) continue;
            if (static_cast<int>(codes_.at(row, c)) != group.zero) return false;
        }
        return true;
    }
    // The first type that holds these numbers.
    static DType smallest(std::span<const DType> types, int low, int high) {
        for (const DType dtype : types) {
            const tensor::DTypeInfo& type = tensor::info(dtype);
            const int offset = code_offset(type);
            if (low >= -offset && high < (1 << type.bits) - offset) return dtype;
        }
        return DType::f32;
    }

    std::uint64_t rows_;
    std::uint64_t columns_;
    std::uint64_t n_groups_;
    bool scales_transposed_;
    int middle_;
    CodeGrid codes_;
    std::optional<CodeGrid> zeros_;
    Numbers scales_;
    std::optional<Numbers> biases_;
    std::uint64_t group_size_;
    std::vector<std::uint32_t> groups_;  // (columns), or empty
    std::optional<CodedTensor> order_;
};

// Scales or biases: floats, one for each row and group.
Numbers read_numbers(const CodedTensor& part, const LinearModule& module, std::uint64_t n_groups) {
    std::vector<std::uint64_t> expected{module.rows, n_groups};
    if (module.scales_transposed) std::swap(expected[0], expected[1]);
    std::vector<std::uint64_t> found = part.shape;
    // One group may have no dimension of its own.
    if (n_groups == 1 && found.size() == 1)
        found = expected[0] * expected[1] == found[0] ? expected : found;
    const auto numbers = Numbers::of(part);
    if (!numbers || found != expected) {
        refuse_tensor(part, "floats " + shape_text(expected));
    }
    return *numbers;
}

}  // namespace

SourceTensor linear_tensor(const std::string& name, const LinearModule& module) {
    if (module.group_size == 0 || module.rows == 0 || module.columns == 0) {
        refuse_tensor(module.codes, "codes of a matrix in groups");
    }
    const std::uint64_t n_groups = (module.columns - 1) / module.group_size + 1;
    Numbers scales = read_numbers(module.scales, module, n_groups);
    std::optional<Numbers> biases;
    if (module.biases) biases = read_numbers(*module.biases, module, n_groups);
    const auto part = [](const std::optional<CodedTensor>& one) { return one ? &*one : nullptr; };
    ComposedRows::Facts facts{module.coding + " " + std::to_string(module.bits) + "-bit",
                              stored_bits({&module.codes, &module.scales, part(module.zeros),
                                           part(module.biases), part(module.group_of_column)},
                                          module.rows * module.columns),
                              DType::f32};
    facts.dtype = LinearCodes(facts, module, scales, biases, n_groups).kept(module.bits);
    SourceTensor out = composed_tensor(name, {module.rows, module.columns});
    out.composed = std::make_shared<LinearCodes>(std::move(facts), module, std::move(scales),
                                                 std::move(biases), n_groups);
    return out;
}

}  // namespace quire::formats

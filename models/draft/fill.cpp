#include "models/draft/fill.h"

#include <algorithm>
#include <cmath>

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/spec/tensors.h"
#include "models/draft/fill_parts.h"
#include "models/draft/taker.h"

namespace quire::models {

namespace {

using formats::SourceTensor;
using spec::ExpectedTensor;

class Filler {
  public:
    explicit Filler(Draft& draft) : draft_(draft), taker_(draft) {}

    PlannedTensor plan(const ExpectedTensor& expected) {
        if (expected.id == spec::TensorId::rope_freqs) return rope_freqs(expected);
        if (expected.id == spec::TensorId::second_kind) return second_kind(expected);
        if (expected.id == spec::TensorId::attn_bias) return position_bias(expected);
        return expected.is_matrix ? matrix(expected) : vector(expected);
    }
    void done() const {
        for (const auto& [source, rows] : sliced_) {
            if (rows.taken != rows.of) {
                taker_.fail("tensor " + source->name + " expected " + std::to_string(rows.taken) +
                            " rows, found " + std::to_string(rows.of));
            }
        }
        taker_.done();
    }

  private:
    // The slices of one source must cover all of its rows.
    struct Rows {
        std::uint64_t taken = 0;
        std::uint64_t of = 0;
    };
    void count_rows(const SourceTensor& source, const From& from, std::uint64_t rows,
                    std::uint64_t of) {
        const bool whole = from.slice.first == 0 && from.slice.run == 0 && from.parts.empty();
        if (from.in_part || whole) return;
        Rows& counted = sliced_[&source];
        counted.taken += rows;
        counted.of = of;
    }

    // The entry of one of our tensors, and the prefix of its name in the checkpoint.
    struct Found {
        const From* from = nullptr;
        std::string prefix;
    };
    Found look_up(const ExpectedTensor& expected, spec::TensorId id) const {
        const Names& names = expected.of_encoder ? draft_.encoder_names : draft_.names;
        if (spec::info(id).in_layer) {
            const From* from = in_layer(names, spec::LayerTensorName::of(id), expected.layer);
            if (from != nullptr && from->whole_name) return {from, names.base};
            return {from, names.base + names.layers + std::to_string(expected.layer) + "."};
        }
        const auto found = names.model.find(spec::ModelTensorName::of(id));
        return {found == names.model.end() ? nullptr : &found->second,
                is_of_head(id) ? "" : names.base};
    }
    static const From* in_layer(const Names& names, spec::LayerTensorName name, std::size_t layer) {
        const auto own = names.of_layer.find(layer);
        if (own != names.of_layer.end() && own->second.contains(name)) return &own->second.at(name);
        const auto found = names.layer.find(name);
        return found == names.layer.end() ? nullptr : &found->second;
    }

    // The full name in the checkpoint; a bias has the entry of the tensor it is added after.
    const From& resolve(const ExpectedTensor& ours, std::string& theirs) const {
        Found found = look_up(ours, ours.id);
        std::string ending = ".weight";
        if (const auto owner = spec::biased(ours.id); found.from == nullptr && owner) {
            found = look_up(ours, *owner);
            ending = ".bias";
        }
        if (found.from == nullptr) {
            taker_.fail("tensor " + ours.name +
                        " expected from this family, which does not name it");
        }
        if (found.from->bare && ending == ".weight") ending = "";
        theirs = found.prefix + found.from->name + ending;
        return *found.from;
    }
    // Heads whose rotary pairs are neighbors in the checkpoint. Those that are not rotated have no
    // pairs; what is done with them must be the same for queries and keys.
    void set_pairs(PlannedTensor& planned, const From& from, const ExpectedTensor& expected) const {
        const bool paired = draft_.interleaved_rope || draft_.config.source().interleaved_rope;
        if (!from.rotary || !(paired || draft_.rotates_last)) return;
        const spec::LayerSpec& layer = draft_.spec.layers[expected.layer];
        const std::uint32_t rotated =
            layer.rope ? draft_.spec.ropes[*layer.rope].dim : layer.head_dim;
        const bool shared = expected.id == spec::TensorId::k_rope;  // only what is rotated
        planned.unpair_head_dim = shared ? rotated : layer.head_dim;
        planned.unpair_dim = paired ? rotated : 0;
        if (draft_.rotates_last && !shared) planned.unpair_first = layer.head_dim - rotated;
    }

    PlannedTensor matrix(const ExpectedTensor& expected) {
        std::string theirs;
        const From& from = resolve(expected, theirs);
        PlannedTensor planned{expected.name};
        planned.rows_of_each = expected.rows;
        planned.slice = from.slice;
        planned.parts = from.parts;
        planned.times = from.times;
        planned.transposed = from.transposed;
        set_pairs(planned, from, expected);
        if (from.formula != nullptr && taker_.find(theirs) == nullptr) {
            planned.formula = from.formula;
            planned.source = from.formula.get();
        } else {
            take_parts(planned, theirs, experts_of(expected));
        }
        check_shape(planned, *planned.source, expected.columns);
        count_rows(*planned.source, from, expected.rows, shape_of(planned, *planned.source).rows);
        for (const SourceTensor* part : planned.below) {
            check_shape(planned, *part, expected.columns);
        }
        if (!from.add.empty()) {
            const std::string name = draft_.names.base + from.add + ".weight";
            const SourceTensor& row = taker_.take(name);
            if (row.columns() != expected.columns || row.rows() == 0) {
                misshapen(row, row.rows(), expected.columns, row.rows(), row.columns());
            }
            planned.add.resize(expected.columns);
            formats::read_row(planned.add, row, 0);
        }
        return planned;
    }

    // One source, or one per expert ("{}" in the name). A single tensor with all experts works too.
    void take_parts(PlannedTensor& planned, const std::string& theirs, std::uint32_t n_experts) {
        const auto at = theirs.find("{}.");
        if (at == std::string::npos) {
            planned.source = &taker_.take(theirs);
            return;
        }
        std::string stacked = theirs;
        stacked.erase(at, 3);
        planned.source = taker_.find(stacked);
        if (planned.source != nullptr) return;
        for (std::uint32_t e = 0; e < n_experts; ++e) {
            std::string name = theirs;
            name.replace(at, 2, std::to_string(e));
            const SourceTensor& part = taker_.take(name);
            if (e == 0) {
                planned.source = &part;
            } else {
                planned.below.push_back(&part);
            }
        }
        planned.rows_of_each /= 1 + planned.below.size();
    }

    // Of a source as its rows are taken: a transposed one may be a stack of matrices.
    struct Shape {
        std::uint64_t rows = 0;
        std::uint64_t columns = 0;
    };
    static Shape shape_of(const PlannedTensor& planned, const SourceTensor& source) {
        if (!planned.transposed) return {source.rows(), source.columns()};
        const std::uint64_t n =
            source.shape.size() > 2 ? std::max<std::uint64_t>(1, source.shape.front()) : 1;
        return {n * source.columns(), source.rows() / n};
    }
    void check_shape(const PlannedTensor& planned, const SourceTensor& source,
                     std::uint64_t columns) const {
        const auto [found_rows, found_columns] = shape_of(planned, source);
        const RowSlice& slice = planned.slice;
        const std::uint64_t rows = planned.rows_of_each;
        const bool sliced = slice.first != 0 || slice.run != 0 || !planned.parts.empty();
        std::uint64_t last = sliced_row(slice, rows - 1);
        if (!planned.parts.empty()) last = 0;
        for (const RowPart& part : planned.parts) {
            if (part.rows > 0) last = std::max(last, sliced_row(part.slice, part.rows - 1));
        }
        if (found_columns != columns || last >= found_rows || (!sliced && rows != found_rows)) {
            misshapen(source, sliced ? last + 1 : rows, columns, found_rows, found_columns);
        }
    }
    static std::uint64_t sliced_row(const RowSlice& slice, std::uint64_t row) {
        if (slice.run != 0) row = row / slice.run * slice.stride + row % slice.run;
        return row + slice.first;
    }
    [[noreturn]] void misshapen(const SourceTensor& source, std::uint64_t rows,
                                std::uint64_t columns, std::uint64_t found_rows,
                                std::uint64_t found_columns) const {
        taker_.fail("tensor " + source.name + " expected shape " + shape_text(rows, columns) +
                    ", found " + shape_text(found_rows, found_columns));
    }

    std::uint32_t experts_of(const ExpectedTensor& expected) const {
        const auto& layers = draft_.spec.layers;
        const bool in_layer = spec::info(expected.id).in_layer && expected.layer < layers.size();
        return in_layer ? layers[expected.layer].n_experts : 0;
    }

    // How many values the source of a vector has. A bias of experts has a row for each.
    std::uint64_t values_in(const SourceTensor& source, const ExpectedTensor& expected) const {
        const bool of_experts = spec::biased(expected.id) && experts_of(expected) > 0;
        if (source.rows() != 1 && !of_experts) {
            misshapen(source, 1, expected.columns, source.rows(), source.columns());
        }
        return source.rows() * source.columns();
    }

    PlannedTensor vector(const ExpectedTensor& expected) {
        std::string theirs;
        const From& from = resolve(expected, theirs);
        PlannedTensor planned{expected.name};
        if (!from.values.empty()) {
            planned.values = from.values;
            return planned;
        }
        if (!from.joined.empty()) return join(planned, expected, theirs, from);
        planned.values.resize(expected.columns, from.fill.value_or(0.0F));
        if (from.fill) return planned;
        const SourceTensor* source = taker_.find(theirs);
        if (source == nullptr) {
            // A decoder's head has no bias: zeros give the same result.
            if (expected.id == spec::TensorId::classifier_out_bias) return planned;
            taker_.take(theirs);
        }
        if (from.transposed && source->rows() > 1) {
            return read_columns(planned, *source, from.times_of);
        }
        if (source->rows() > 1 && source->rows() * source->columns() == expected.columns) {
            return read_rows(planned, *source);  // a column, or a row for each group
        }
        const std::uint64_t last = sliced_row(from.slice, expected.columns - 1);
        const bool sliced = from.slice.first != 0 || from.slice.run != 0;
        const std::uint64_t n = values_in(*source, expected);
        if (last >= n || (!sliced && n != expected.columns)) {
            misshapen(*source, 1, expected.columns, source->rows(), source->columns());
        }
        count_rows(*source, from, expected.columns, n);
        std::vector<float> all(n);
        for (std::uint64_t row = 0; row * source->columns() < n; ++row) {
            formats::read_row(std::span(all).subspan(row * source->columns(), source->columns()),
                              *source, row);
        }
        PlannedTensor place{expected.name, source};
        place.slice = from.slice;
        set_pairs(place, from, expected);
        for (std::uint64_t i = 0; i < expected.columns; ++i) {
            const float value = all[place_of(place, i).row];
            planned.values[i] = from.negative_exp ? static_cast<float>(-std::exp(double{value}))
                                                  : (value + from.plus) * from.times;
        }
        return planned;
    }

    // One source behind the other, of the same size.
    PlannedTensor join(PlannedTensor planned, const ExpectedTensor& expected,
                       const std::string& first, const From& from) {
        const std::string prefix = look_up(expected, expected.id).prefix;
        const std::uint64_t n = expected.columns / (1 + from.joined.size());
        for (std::size_t i = 0; i <= from.joined.size(); ++i) {
            const SourceTensor& part = taker_.take(i == 0 ? first : prefix + from.joined[i - 1]);
            if (part.rows() != 1 || part.columns() != n) {
                misshapen(part, 1, n, part.rows(), part.columns());
            }
            planned.values.resize((i + 1) * n);
            formats::read_row(std::span(planned.values).subspan(i * n), part, 0);
        }
        return planned;
    }

    static PlannedTensor read_rows(PlannedTensor planned, const SourceTensor& source) {
        const std::uint64_t n = source.columns();
        for (std::uint64_t i = 0; i < source.rows(); ++i) {
            formats::read_row(std::span(planned.values).subspan(i * n, n), source, i);
        }
        return planned;
    }

    // Of a matrix with as many values, column after column.
    PlannedTensor read_columns(PlannedTensor planned, const SourceTensor& source,
                               const std::vector<float>& times) const {
        const std::uint64_t rows = source.rows();
        const std::uint64_t n = source.columns();
        if (rows * n != planned.values.size()) {
            misshapen(source, rows, n == 0 ? 0 : planned.values.size() / rows, rows, n);
        }
        std::vector<float> row(n);
        for (std::uint64_t i = 0; i < rows; ++i) {
            formats::read_row(row, source, i);
            const float by = times.empty() ? 1.0F : times.at(i);
            for (std::uint64_t j = 0; j < n; ++j) planned.values[j * rows + i] = by * row[j];
        }
        return planned;
    }

    // The tables in order, each divided by the factors that a GGUF file has instead of a scaling.
    PlannedTensor rope_freqs(const ExpectedTensor& expected) {
        PlannedTensor planned{expected.name};
        const bool longer = draft_.spec.context_length >
                            draft_.config.count_or("original_max_position_embeddings", UINT32_MAX);
        const SourceTensor* factors = taker_.find("rope_freqs.weight");
        const SourceTensor* long_factors = taker_.find("rope_factors_long.weight");
        const SourceTensor* short_factors = taker_.find("rope_factors_short.weight");
        if (factors == nullptr) factors = longer ? long_factors : short_factors;
        for (const RopeTable& rope : draft_.ropes) {
            std::vector<float> divisors(rope.freqs.size(), 1.0F);
            if (factors != nullptr && rope.takes_factors) {
                if (factors->columns() != divisors.size() || factors->rows() != 1) {
                    misshapen(*factors, 1, divisors.size(), factors->rows(), factors->columns());
                }
                formats::read_row(divisors, *factors, 0);
            }
            for (std::size_t i = 0; i < divisors.size(); ++i) {
                planned.values.push_back(
                    static_cast<float>(double{rope.freqs[i]} / double{divisors[i]}));
            }
        }
        return planned;
    }

    // The first kind is part of the positions or of the embedding.
    PlannedTensor second_kind(const ExpectedTensor& expected) {
        const SourceTensor& kinds = taker_.take(draft_.names.base + draft_.token_kinds + ".weight");
        if (kinds.rows() < 2 || kinds.columns() != expected.columns) {
            misshapen(kinds, 2, expected.columns, kinds.rows(), kinds.columns());
        }
        PlannedTensor planned{expected.name};
        planned.values.resize(expected.columns);
        std::vector<float> first(expected.columns);
        formats::read_row(first, kinds, 0);
        formats::read_row(planned.values, kinds, 1);
        for (std::size_t i = 0; i < first.size(); ++i) planned.values[i] -= first[i];
        return planned;
    }

    PlannedTensor position_bias(const ExpectedTensor& expected) {
        const bool encodes = expected.of_encoder;
        const PositionBias& bias =
            (encodes ? draft_.encoder_position_bias : draft_.position_bias).value();
        std::string name = bias.name;
        const auto number = name.find("{}");
        if (number != std::string::npos) name.replace(number, 2, std::to_string(expected.layer));
        const SourceTensor& table = taker_.take(name);
        const spec::ModelSpec& spec = encodes ? draft_.spec.encoder.front() : draft_.spec;
        const std::uint32_t n_heads = spec.layers[expected.layer].n_heads;
        if (table.rows() != bias.buckets || table.columns() != n_heads) {
            misshapen(table, bias.buckets, n_heads, table.rows(), table.columns());
        }
        PlannedTensor planned{expected.name};
        planned.values = bias_by_distance(bias, table);
        return planned;
    }

    Draft& draft_;
    Taker taker_;
    std::map<const SourceTensor*, Rows> sliced_;
};

}  // namespace

Plan fill(Draft& draft) {
    Plan plan;
    plan.spec = draft.spec;
    plan.answers = draft.answers;
    Filler filler(draft);
    for (const ExpectedTensor& expected : spec::expected_tensors(plan.spec)) {
        plan.tensors.push_back(filler.plan(expected));
        for (const float value : plan.tensors.back().values) {
            if (std::isfinite(value)) continue;
            throw Error(ErrorCode::model, draft.config.source().path,
                        "tensor " + expected.name + " holds a value that is not a finite number");
        }
    }
    filler.done();
    return plan;
}

}  // namespace quire::models

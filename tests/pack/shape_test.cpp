// Files in the shape of a published model: the shapes, their random weights, and the types of
// q4_k_m.

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "lib/base/json/json.h"
#include "lib/spec/tensors.h"
#include "lib/tensor/panel.h"
#include "models/plan.h"
#include "tests/support.h"
#include "tools/pack/random_panel.h"
#include "tools/pack/types/recipe.h"

using namespace quire;
using namespace quire::test;

namespace {

// Of the published config.json, as models/source/shape_source.cpp has it in short.
models::Plan published(const std::string& config) {
    models::Source source;
    source.path = config;
    source.format = models::Format::shape;
    source.config = nlohmann::json::parse(read_file(golden("configs/" + config + ".json")));
    return models::make_plan(source);
}

std::vector<std::byte> panels_of(const formats::TensorRecord& record) {
    const std::uint64_t panel = tensor::panel_bytes(record.dtype, record.columns);
    std::vector<std::byte> out(2 * panel);
    // The second one first: no panel depends on another.
    for (const std::uint64_t i : {std::uint64_t{1}, std::uint64_t{0}}) {
        pack::random_panel(std::span(out).subspan(i * panel, panel), record, i * 16);
    }
    return out;
}

std::map<std::string, int> count_types(const std::string& shape) {
    const models::Plan plan = models::make_plan(models::open_shape(shape));
    const auto tensors = spec::expected_tensors(plan.spec);
    std::vector<pack::RecipeMatrix> matrices;
    for (const spec::ExpectedTensor& tensor : tensors) {
        if (!tensor.is_matrix) continue;
        matrices.push_back({{tensor.name, tensor.rows, tensor.columns}, tensor::DType::bf16});
    }
    std::map<std::string, int> counts;
    for (const tensor::DType dtype : choose_dtypes({pack::TargetType::q4_k_m}, matrices)) {
        ++counts[std::string(tensor::info(dtype).name)];
    }
    return counts;
}

}  // namespace

TEST_CASE("shape: every shape computes what the published configuration says") {
    const std::map<std::string, std::string> kConfigs{
        {"smollm2-135m", "smollm2-135m"},  {"qwen-0.6b", "qwen3-0.6b"},
        {"llama-1b", "llama-3.2-1b"},      {"llama-3b", "llama-3.2-3b"},
        {"llama-8b", "llama-3.1-8b"},      {"olmoe", "olmoe-1b-7b-0924"},
        {"qwen3-30b-a3b", "qwen3-30b-a3b"}};
    for (const auto& entry : kConfigs) {
        const std::string& shape = entry.first;
        CAPTURE(shape);
        CHECK(models::shape_names(" ").find(shape) != std::string::npos);
        const models::Plan ours = models::make_plan(models::open_shape(shape));
        const models::Plan theirs = published(entry.second);
        CHECK(ours.spec == theirs.spec);
        REQUIRE(ours.tensors.size() == theirs.tensors.size());
        for (std::size_t i = 0; i < ours.tensors.size(); ++i) {
            CHECK(ours.tensors[i].name == theirs.tensors[i].name);
            CHECK(ours.tensors[i].values == theirs.tensors[i].values);
        }
    }
    CHECK(std::ranges::count(models::shape_names(" "), ' ') + 1 == kConfigs.size());
}

TEST_CASE("shape: an unknown one is refused with the list") {
    const std::string error = error_of(ErrorCode::usage, [] { models::open_shape("llama-2b"); });
    CHECK(error.starts_with("expected one of smollm2-135m, "));
    CHECK(error.ends_with(", found \"llama-2b\""));
}

TEST_CASE("shape: random weights have a mean of 0 and the size of trained ones in every type") {
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        CAPTURE(type.name);
        formats::TensorRecord record;
        record.name = "layers.0.q";
        record.is_matrix = true;
        record.dtype = type.dtype;
        record.rows = 27;
        record.columns = 352;  // neither whole units of 64 nor of 256
        const std::vector<std::byte> panels = panels_of(record);
        CHECK(panels == panels_of(record));
        double sum = 0;
        double squares = 0;
        std::vector<float> row(record.columns);
        for (std::uint64_t r = 0; r < 32; ++r) {
            tensor::decode_row(row, panels, type.dtype, r);
            if (type.table == tensor::CodeTable::ternary) {
                CHECK(std::set<float>(row.begin(), row.end()).size() <= 2 * 4 + 1);
            }
            for (const float weight : row) {
                REQUIRE(std::isfinite(weight));
                if (r >= record.rows) REQUIRE(weight == 0.0F);
                sum += weight;
                squares += double{weight} * weight;
            }
        }
        const double n = static_cast<double>(record.rows * record.columns);
        const double deviation = 1 / std::sqrt(static_cast<double>(record.columns));
        // Codes below 0 reach one further than those above, which counts most with 3 bits.
        CHECK(std::abs(sum / n) < 0.3 * deviation);
        // Powers of two are not nearer.
        const bool powers = type.is_block && type.scale == tensor::ScaleFormat::e8m0;
        CHECK(std::sqrt(squares / n) == doctest::Approx(deviation).epsilon(powers ? 0.3 : 0.04));
        record.name = "layers.1.q";
        CHECK(panels != panels_of(record));
    }
}

TEST_CASE("shape: q4_k_m gives llama.cpp's types") {
    using Counts = std::map<std::string, int>;
    // Of Llama 3.1 8B llama.cpp's loader says: f32 66, q4_K 193, q6_K 33. The f32 are vectors.
    CHECK(count_types("llama-8b") == Counts{{"q4_k", 193}, {"q6_k", 33}});
    // Rows of 576 weights are not whole units; those of `down` are.
    CHECK(count_types("smollm2-135m") ==
          Counts{{"q4_k", 16}, {"q5", 166}, {"q6_k", 14}, {"q8", 15}});
    CHECK(count_types("olmoe").at("f32") == 16);  // routers
}

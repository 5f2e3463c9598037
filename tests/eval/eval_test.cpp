// The numbers of `eval` on the tiny model against those of transformers; the golden was made by
// scripts/goldens/make_eval_goldens.py.

#include <cmath>
#include <cstring>
#include <numeric>

#include "lib/base/json/json.h"
#include "lib/kernels/dispatch.h"
#include "lib/tensor/panel.h"
#include "tests/support.h"
#include "tools/eval/choices.h"
#include "tools/eval/compare.h"
#include "tools/eval/importance.h"
#include "tools/eval/perplexity.h"
#include "tools/pack/types/type_names.h"

using namespace quire;
using namespace quire::test;
using nlohmann::json;

namespace {

const eval::Common kCommon{.n_threads = 2, .isa = "", .json = false};

json golden_numbers() {
    return json::parse(read_file(golden("eval.json")));
}

// The golden's text in a file, with the options it was evaluated with.
eval::TextOptions golden_text(const TempDir& dir, const json& expected) {
    write_file(dir.file("text"), expected["text"].get<std::string>());
    return {.path = dir.file("text"), .context = expected["context"].get<std::size_t>()};
}

std::vector<std::uint32_t> counted(std::size_t n) {
    std::vector<std::uint32_t> tokens(n);
    std::iota(tokens.begin(), tokens.end(), 100);
    return tokens;
}

}  // namespace

TEST_CASE("perplexity: both definitions give transformers' numbers") {
    const json expected = golden_numbers();
    const TempDir dir;
    const eval::OpenModel model(pack_tiny(dir), kCommon);
    eval::TextOptions text = golden_text(dir, expected);
    const auto chunks = eval::perplexity(model, text, 2);
    CHECK(chunks.perplexity ==
          doctest::Approx(expected["chunks"]["perplexity"].get<double>()).epsilon(5e-4));
    CHECK(chunks.n_tokens == expected["chunks"]["tokens"]);
    CHECK(chunks.definition == "llama.cpp");
    text.stride = expected["stride"].get<std::size_t>();
    const auto sliding = eval::perplexity(model, text, 1);
    CHECK(sliding.perplexity ==
          doctest::Approx(expected["sliding"]["perplexity"].get<double>()).epsilon(5e-4));
    CHECK(sliding.n_tokens == expected["sliding"]["tokens"]);
    CHECK(sliding.definition == "sliding");
}

TEST_CASE("compare: the divergence of weights rounded to bf16 is transformers'") {
    const json expected = golden_numbers();
    const TempDir dir;
    const eval::OpenModel reference(pack_tiny(dir), kCommon);
    const eval::OpenModel rounded(pack_tiny(dir, pack::TargetType::bf16, "bf16.quire"), kCommon);
    const eval::TextOptions text = golden_text(dir, expected);
    const auto found = eval::compare(reference, rounded, text, 2);
    // Keys and values in f16 add a few percent of what this rounding does.
    CHECK(found.kl.mean == doctest::Approx(expected["bf16"]["kl_mean"].get<double>()).epsilon(0.1));
    CHECK(found.kl_max >= found.kl_99);
    CHECK(found.kl_99 >= found.kl_median);
    CHECK(found.perplexity ==
          doctest::Approx(expected["bf16"]["perplexity"].get<double>()).epsilon(5e-4));
    CHECK(std::exp(found.log_ratio.mean) ==
          doctest::Approx(found.perplexity / found.perplexity_reference));
    CHECK(found.same_top.mean > 0.98);

    const auto itself = eval::compare(reference, reference, text, 2);
    CHECK(itself.kl_max == 0.0);
    CHECK(itself.same_top.mean == 1.0);
    CHECK(itself.log_ratio.error == 0.0);
}

TEST_CASE("choices: scores are transformers' log-probabilities, answers in any spelling") {
    const json expected = golden_numbers();
    const TempDir dir;
    std::string lines;
    for (const json& question : expected["questions"]) lines += question.dump() + "\n\n";
    write_file(dir.file("questions"), lines);
    const eval::OpenModel model(pack_tiny(dir), kCommon);
    const auto found = eval::choices(model, dir.file("questions"), std::nullopt, 2);
    REQUIRE(found.questions.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& scores = found.questions[i].log_probability;
        REQUIRE(scores.size() == expected["log_probability"][i].size());
        for (std::size_t c = 0; c < scores.size(); ++c) {
            CHECK(scores[c] ==
                  doctest::Approx(expected["log_probability"][i][c].get<double>()).epsilon(1e-3));
        }
        CHECK(found.questions[i].answer == 1);
    }
    CHECK(found.accuracy == 0.0);
    CHECK(found.chance == doctest::Approx((1.0 / 3 + 1.0 / 2) / 2));
}

TEST_CASE("windows: chunks do not overlap, and a bos replaces the first token of each") {
    const auto tokens = counted(25);
    const auto windows = eval::Windows::chunks(tokens, 8, 1);
    REQUIRE(windows.size() == 3);
    const eval::Window last = windows.at(2);
    CHECK(last.tokens == std::vector<std::uint32_t>{1, 117, 118, 119, 120, 121, 122, 123});
    CHECK(last.first_target == 5);
}

TEST_CASE("windows: sliding scores every token but the first exactly once") {
    for (const std::size_t n : {2U, 7U, 8U, 9U, 24U, 25U, 100U}) {
        for (const std::size_t stride : {1U, 3U, 7U}) {
            const auto tokens = counted(n);
            const auto windows = eval::Windows::sliding(tokens, 8, stride);
            std::vector<std::uint32_t> scored;
            for (std::size_t i = 0; i < windows.size(); ++i) {
                const eval::Window window = windows.at(i);
                for (std::size_t t = window.first_target; t < window.tokens.size(); ++t) {
                    scored.push_back(window.tokens[t]);
                }
            }
            CAPTURE(n);
            CAPTURE(stride);
            CHECK(scored == std::vector(tokens.begin() + 1, tokens.end()));
        }
    }
}

TEST_CASE(
    "windows: with a stride of the context every token is scored but the first of each window") {
    const auto tokens = counted(21);
    const auto windows = eval::Windows::sliding(tokens, 8, 8);
    REQUIRE(windows.size() == 3);
    std::vector<std::uint32_t> scored;
    for (std::size_t i = 0; i < windows.size(); ++i) {
        const eval::Window window = windows.at(i);
        for (std::size_t t = window.first_target; t < window.tokens.size(); ++t) {
            scored.push_back(window.tokens[t]);
        }
    }
    std::vector<std::uint32_t> expected;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i % 8 != 0) expected.push_back(tokens[i]);
    }
    CHECK(scored == expected);
}

TEST_CASE("statistics: mean, its error and quantiles") {
    std::vector<double> values{4, 1, 3, 2};
    const eval::MeanError mean = eval::mean_error(values);
    CHECK(mean.mean == 2.5);
    CHECK(mean.error == doctest::Approx(std::sqrt(5.0 / 4 / 3)));
    CHECK(eval::quantile(values, 0.5) == 2.5);
    CHECK(eval::quantile(values, 1.0) == 4.0);
    CHECK(eval::mean_error({}).mean == 0.0);
}

TEST_CASE("importance: second moments of inputs, and a model packed by them is closer") {
    const TempDir dir;
    const eval::OpenModel model(pack_tiny(dir), kCommon);
    eval::TextOptions text = golden_text(dir, golden_numbers());
    text.n_windows = 4;
    const auto found = eval::collect_importance(model, text, {dir.file("i"), false, 64}, 2);
    CHECK(found.n_tokens == 256);
    // q, k and v share an input, and so do gate and up; o, down and output have their own.
    REQUIRE(found.inputs.size() == 9);
    CHECK(found.inputs[8].name == "output");
    CHECK(found.inputs[0].name == "layers.0.q");
    CHECK(found.inputs[0].shared_by == std::vector<std::string>{"layers.0.k", "layers.0.v"});
    CHECK(found.inputs[3].name == "layers.0.down");
    CHECK(found.inputs[3].products.empty());  // 96 wide
    for (const auto& input : found.inputs) {
        if (input.products.empty()) continue;
        for (std::size_t i = 0; i < input.squares.size(); ++i) {
            CHECK(input.products[i * (i + 3) / 2] == doctest::Approx(input.squares[i]));
        }
    }
    const auto again = eval::collect_importance(model, text, {dir.file("i"), false, 64}, 1);
    CHECK(again.inputs[1].products == found.inputs[1].products);

    formats::write_importance(base::resolve_output(dir.file("i")), found.inputs, "tiny",
                              found.n_tokens);
    const formats::Importance file(dir.file("i"));
    CHECK(file.owner("layers.1.v") == "layers.1.q");
    CHECK(file.owner("embed").empty());
    CHECK(file.squares("layers.0.q", 64) == found.inputs[0].squares);
    CHECK(file.products("layers.0.down", 96).empty());
    CHECK(error_of(ErrorCode::model, [&] {
              file.squares("layers.0.q", 65);
          }).find("expected 65 values, found 64") != std::string::npos);

    const auto divergence = [&](const char* name, const std::string& importance) {
        pack::Options options{golden("tiny-llama"), dir.file(name), pack::TargetType::q3, "q3", 2};
        options.importance = importance;
        pack::convert(options);
        return eval::compare(model, eval::OpenModel(dir.file(name), kCommon), text, 2).kl.mean;
    };
    const double without = divergence("a", "");
    const double with = divergence("b", dir.file("i"));
    MESSAGE("mean KL divergence " << without << " without, " << with << " with importance");
    CHECK(with < 0.9 * without);
}

TEST_CASE("panels: 16 rows at once give the same bits as each row alone") {
    constexpr std::size_t kColumns = 96;
    std::mt19937 rng(4);
    std::vector<formats::InputMoments> inputs(1);
    inputs[0].name = "layers.0.o";
    std::vector<float> x(kColumns);
    inputs[0].squares.assign(kColumns, 0.0F);
    inputs[0].products.assign(kColumns * (kColumns + 1) / 2, 0.0F);
    for (int sample = 0; sample < 200; ++sample) {
        const float common = static_cast<float>(rng() % 1000) / 500.0F - 1.0F;
        for (float& v : x) v = common + static_cast<float>(rng() % 1000) / 500.0F - 1.0F;
        for (std::size_t i = 0; i < kColumns; ++i) {
            inputs[0].squares[i] += x[i] * x[i];
            for (std::size_t j = 0; j <= i; ++j) {
                inputs[0].products[i * (i + 1) / 2 + j] += x[i] * x[j];
            }
        }
    }
    const TempDir dir;
    formats::write_importance(base::resolve_output(dir.file("i")), inputs, "test", 200);
    const formats::Importance importance(dir.file("i"));
    std::vector<float> rows(tensor::kPanelRows * kColumns);
    for (float& w : rows) w = static_cast<float>(rng() % 2000) / 1000.0F - 1.0F;
    for (const kernels::KernelTable* table : kernels::available()) {
        CAPTURE(table->name);
        pack::PanelQuantizer quantizer(&importance, *table);
        quantizer.begin("layers.0.o", kColumns);
        const tensor::ErrorFeedback feedback =
            tensor::factorize(inputs[0].products, kColumns, 0.01F, table->add_scaled);
        for (const tensor::DType dtype :
             {tensor::DType::q4, tensor::DType::q3m, tensor::DType::q4_k, tensor::DType::q6_k}) {
            const tensor::DTypeInfo& type = tensor::info(dtype);
            constexpr std::size_t kBlocks = kColumns / tensor::kBlock;
            std::vector<tensor::Block> blocks(tensor::kPanelRows * kBlocks);
            quantizer.quantize(blocks, rows, type);
            std::vector<tensor::Block> expected(kBlocks);
            for (std::size_t r = 0; r < tensor::kPanelRows; ++r) {
                CAPTURE(r);
                tensor::quantize_row(expected, std::span(rows).subspan(r * kColumns, kColumns),
                                     feedback, type, table->add_scaled);
                CHECK(std::memcmp(expected.data(), &blocks[r * kBlocks],
                                  kBlocks * sizeof(tensor::Block)) == 0);
            }
        }
    }
}

TEST_CASE("recipes: more bits where they matter, and what was asked for by name") {
    using tensor::DType;
    std::vector<pack::RecipeMatrix> matrices;
    const std::vector<std::string> roles{"q", "k", "v", "o", "gate", "up", "down", "odd"};
    std::vector<std::string> names{"embed"};
    for (const std::string& role : roles) {
        names.push_back("layers.0." + role);
        names.push_back("layers.1." + role);
    }
    for (const std::string& name : names) {
        const std::uint64_t columns = name.ends_with("odd") ? 40 : 64;
        matrices.push_back({{name, name == "embed" ? 320U : 64U, columns}, DType::bf16});
    }
    const auto type = [&](const pack::Recipe& recipe, const std::string& name) {
        const auto types = pack::choose_dtypes(recipe, matrices);
        return types[static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())];
    };
    const auto bytes = [&](const pack::Recipe& recipe) {
        const auto types = pack::choose_dtypes(recipe, matrices);
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < types.size(); ++i) {
            const pack::MatrixShape& shape = matrices[i].shape;
            sum += *tensor::tensor_bytes(types[i], true, shape.rows, shape.columns);
        }
        return sum;
    };
    const pack::Recipe q4{pack::TargetType::q4};
    CHECK(tensor::info(type(q4, "layers.1.v")).bits > tensor::info(type(q4, "layers.1.gate")).bits);
    CHECK(type(q4, "layers.1.odd") == DType::f16);
    CHECK(type({pack::TargetType::keep}, "layers.1.v") == DType::bf16);
    CHECK(type({pack::TargetType::q8}, "layers.1.v") == DType::q8);
    // As large as 4.5 bits for all would be, but never larger.
    const std::uint64_t odd = 2 * 64 * 40 * 2;
    const std::uint64_t size = odd + (14 * 64 * 64 + 320 * 64) * 9 / 16;
    CHECK(bytes(q4) <= size);
    CHECK(bytes(q4) > size - 64 * 64 / 8);
    std::uint64_t before = 0;
    for (const double bits : {5.0, 5.5, 6.0, 7.0, 9.0}) {
        const std::uint64_t now = bytes({pack::TargetType::keep, {}, bits});
        CHECK(now > before);
        CHECK(static_cast<double>(now) <= bits / 8 * (16 * 64 * 64 - 2 * 64 * 24 + 320 * 64));
        before = now;
    }
    CHECK(error_of(ErrorCode::usage, [&] {
              bytes({pack::TargetType::keep, {}, 3.0});
          }).find("expected at least 4.") != std::string::npos);
    const pack::Recipe own{
        pack::TargetType::q4,
        {pack::parse_override("layers.0.v=q8"), pack::parse_override("v=q6_16")}};
    CHECK(type(own, "layers.0.v") == DType::q8);
    CHECK(type(own, "layers.1.v") == DType::q6_16);
    for (const char* text : {"", "v", "v=", "=q4", "v=q9"}) {
        CHECK(error_of(ErrorCode::usage, [&] { pack::parse_override(text); }).find("NAME=TYPE") !=
              std::string::npos);
    }
}

TEST_CASE("eval: a model or text that cannot be evaluated is an error that says why") {
    const TempDir dir;
    const eval::OpenModel model(pack_tiny(dir), kCommon);
    write_file(dir.file("short"), "a");
    const auto judge = [&](std::size_t context, std::size_t stride) {
        return eval::perplexity(
            model, {.path = dir.file("short"), .context = context, .stride = stride}, 1);
    };
    CHECK(error_of(ErrorCode::input, [&] { judge(64, 0); }).find("at least 64 tokens") !=
          std::string::npos);
    CHECK(error_of(ErrorCode::usage, [&] { judge(512, 0); }).find("256 positions") !=
          std::string::npos);
    CHECK(error_of(ErrorCode::usage, [&] { judge(64, 65); }).find("--stride") != std::string::npos);
    const auto questions = [&](const char* text) {
        write_file(dir.file("q"), text);
        return error_of(ErrorCode::input, [&] { eval::read_questions(dir.file("q")); });
    };
    CHECK(questions("").find("found none") != std::string::npos);
    CHECK(questions("\n{\"prompt\": 1").find("line 2") != std::string::npos);
    CHECK(questions(R"({"prompt": "a", "choices": ["b"], "answer": 0})").find("2 choices") !=
          std::string::npos);
    CHECK(questions(R"({"prompt": "a", "choices": ["b", "c"], "answer": 2})").find("found 2") !=
          std::string::npos);
    CHECK(questions(R"({"choices": ["b", "c"], "answer": 0})").find("\"prompt\"") !=
          std::string::npos);
}

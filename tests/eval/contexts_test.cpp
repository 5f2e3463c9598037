// Losses by the number of tokens before, against runs over so many tokens, and pictures of results.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lib/base/json/json.h"
#include "tests/model/logits.h"
#include "tools/eval/contexts/contexts.h"
#include "tools/eval/perplexity.h"
#include "tools/eval/sizes/sizes.h"

using namespace quire;
using namespace quire::test;

namespace {

const eval::Common kOnTwoThreads{.n_threads = 2, .isa = "", .json = false};

std::string some_text() {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "word " + std::to_string(i * i) + ", then another; ";
    return text;
}

// -ln of the probability of tokens[n] after the n before it.
double nats_after(const formats::QuireFile& file, std::span<const std::uint32_t> tokens,
                  std::size_t n) {
    const auto logits = logits_of(file, tokens.first(n), {});
    const std::size_t n_vocab = file.spec().vocab_size;
    const auto last = std::span(logits).last(n_vocab);
    double sum = 0;
    for (const float logit : last) sum += std::exp(double{logit});
    return std::log(sum) - last[tokens[n]];
}

}  // namespace

TEST_CASE("contexts: the lengths double, and cover all positions of a window") {
    const auto lengths = eval::context_lengths(100);
    CHECK(lengths.front().low == 1);
    CHECK(lengths.front().high == 1);
    CHECK(lengths[3].low == 5);
    CHECK(lengths[3].high == 8);
    CHECK(lengths.back().low == 65);
    CHECK(lengths.back().high == 99);
    for (std::size_t i = 1; i < lengths.size(); ++i) {
        CHECK(lengths[i].low == lengths[i - 1].high + 1);
    }
    CHECK(eval::context_lengths(4).back().high == 3);
}

TEST_CASE("contexts: losses are those of runs over so many tokens, and together perplexity") {
    const TempDir dir;
    const eval::OpenModel model(pack_tiny(dir), kOnTwoThreads);
    const std::size_t context = 12;
    const eval::TextOptions options{dir.file("text"), context, 4, context};
    write_file(dir.file("text"), some_text());
    const eval::Text text = eval::make_windows(some_text(), options, model);
    const auto found = eval::losses_by_context(model, "tiny", text, context, 2);
    const auto lengths = eval::context_lengths(context);
    REQUIRE(found.losses.size() == lengths.size());
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        double sum = 0;
        std::size_t n_tokens = 0;
        for (std::size_t w = 0; w < text.windows.size(); ++w) {
            const eval::Window window = text.windows.at(w);
            for (std::size_t n = lengths[i].low; n <= lengths[i].high; ++n, ++n_tokens) {
                sum += nats_after(model.file, window.tokens, n);
            }
        }
        CHECK(found.n_tokens[i] == n_tokens);
        CHECK(found.losses[i].mean ==
              doctest::Approx(sum / static_cast<double>(n_tokens)).epsilon(1e-6));
    }
    const auto perplexity = eval::perplexity(model, options, 2);
    CHECK(std::exp(found.all.mean) == doctest::Approx(perplexity.perplexity).epsilon(1e-12));
    CHECK(perplexity.of_windows.size() == 4);
}

TEST_CASE("contexts: the picture has a line for each model, and a mark for each length") {
    const eval::MeanError loss{1.0, 0.1};
    const std::vector<eval::ContextLosses> models{
        {"pairs & more", {loss, loss, loss}, {3, 3, 3}, loss},
        {"lstm", {loss, loss, {0.0, 0.0}}, {3, 3, 0}, loss}};
    const std::string svg = eval::to_svg(models, 4);
    CHECK(svg.find("pairs &amp; more") != std::string::npos);
    const auto count = [&](std::string_view part) {
        std::size_t n = 0;
        for (std::size_t at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1))
            ++n;
        return n;
    };
    CHECK(count("<polyline") == 2);
    CHECK(count(">1</text>") == 1);
    CHECK(count(">2</text>") == 1);
    CHECK(count("nan") == 0);
    const std::string table = eval::report(models, 4);
    CHECK(table.find("2.72") != std::string::npos);
}

TEST_CASE("sizes: several models beside one reference, with their bits per weight") {
    const TempDir dir;
    const eval::OpenModel reference(pack_tiny(dir), kOnTwoThreads);
    const eval::OpenModel small(pack_tiny(dir, pack::TargetType::bf16, "bf16.quire"),
                                kOnTwoThreads);
    const eval::TextOptions options{.path = "text", .context = 16, .n_windows = 3};
    std::vector<eval::SizedComparison> all;
    for (const eval::OpenModel* model : {&reference, &small}) {
        const eval::Comparison one = eval::compare_over(some_text(), reference, *model, options, 2);
        all.push_back({model == &small ? "small" : "itself", eval::bits_per_weight(model->file),
                       one, eval::to_json(one, options, reference, *model)});
    }
    CHECK(all[0].comparison.kl_max == 0.0);
    CHECK(all[1].comparison.kl.mean > 0.0);
    CHECK(all[0].bits_per_weight >= 32.0);
    CHECK(all[1].bits_per_weight < all[0].bits_per_weight);
    CHECK(all[1].bits_per_weight >= 16.0);
    const auto json = nlohmann::json::parse(eval::to_json(all));
    CHECK(json["models"][1]["model"] == "small");
    CHECK(json["models"][1]["kl_mean"] == all[1].comparison.kl.mean);
    CHECK(eval::to_svg(all).find("small, ") != std::string::npos);
    CHECK(eval::report(all).find("itself") != std::string::npos);
}

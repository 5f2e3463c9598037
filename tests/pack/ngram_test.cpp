// Models of counted n-grams: the tables against the formulas and against KenLM, the pass, and damaged
// tables.

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/common/open_model.h"
#include "lib/kernels/dispatch.h"
#include "lib/model/finite.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tests/pack/reference_kneser_ney.h"
#include "tests/support.h"
#include "tools/pack/ngram/convert_ngram.h"

using namespace quire;
using namespace quire::test;

namespace {

using Tokens = std::vector<std::uint32_t>;

spec::ModelSpec spec_of(std::size_t order, std::uint32_t vocab_size) {
    spec::ModelSpec spec;
    spec.ngram_order = static_cast<std::uint32_t>(order);
    spec.vocab_size = vocab_size;
    spec.context_length = 1000;
    return spec;
}

// Few tokens, so that runs repeat.
std::vector<Tokens> random_documents(std::mt19937& rng, std::uint32_t n_tokens) {
    std::vector<Tokens> documents(1 + rng() % 12);
    for (Tokens& document : documents) {
        for (std::size_t i = 1 + rng() % 60; i > 0; --i) {
            const auto token = static_cast<std::uint32_t>(rng() % n_tokens * (rng() % n_tokens));
            document.push_back(2 + token / n_tokens);
        }
    }
    return documents;
}

void compare_with_formulas(const pack::Borders& borders, std::size_t order, std::mt19937& rng) {
    constexpr std::uint32_t kTokens = 14;
    pack::Documents documents(borders, kTokens);
    std::vector<Tokens> whole;
    for (const Tokens& tokens : random_documents(rng, 10)) {
        documents.add(tokens);
        Tokens& document = whole.emplace_back(Tokens{borders.start.value_or(kTokens)});
        document.insert(document.end(), tokens.begin(), tokens.end());
        if (borders.end) document.push_back(*borders.end);
    }
    const pack::KneserNey made = pack::estimate(documents, order, 2);
    const model::Ngram ngram(spec_of(order, kTokens), made.tables, "tables");
    const ReferenceKneserNey reference(whole, order, kTokens);
    std::vector<float> found(kTokens);
    for (int i = 0; i < 40; ++i) {
        const Tokens& from = whole[rng() % whole.size()];
        // Contexts that the text has, with and without a document's start, and others.
        const std::size_t begin = borders.start ? rng() % from.size() : 1;
        Tokens context(from.begin() + static_cast<std::ptrdiff_t>(begin), from.end());
        context.resize(std::min<std::size_t>(context.size(), rng() % 7));
        if (i % 4 == 0) context.push_back(static_cast<std::uint32_t>(rng() % kTokens));
        ngram.log_probabilities(context, found.data());
        double sum = 0;
        for (std::uint32_t token = 0; token < kTokens; ++token) {
            CAPTURE(token);
            const double expected = std::log(reference.probability(context, token));
            CHECK(found[token] == doctest::Approx(expected).epsilon(2e-6));
            sum += std::exp(static_cast<double>(found[token]));
        }
        CHECK(sum == doctest::Approx(1).epsilon(1e-5));
    }
}

std::string pack_counted(const TempDir& dir, std::uint32_t order, bool lines) {
    pack::NgramOptions options;
    options.order = order;
    options.lines = lines;
    options.texts = {golden("ngram/counted.txt")};
    options.tokenizer = golden("tiny-llama");
    options.output = dir.file("counted.quire");
    options.n_threads = 2;
    pack::convert_ngram(options);
    return options.output;
}

struct Opened {
    formats::QuireFile file;
    model::Model model;
    tokenizer::Tokenizer tokenizer;

    explicit Opened(const std::string& path)
        : file(formats::QuireFile::open(path)),
          model(common::load_model(file, kernels::choose(""), kernels::KvType::f16)),
          tokenizer(common::load_tokenizer(file)) {}
};

// The logits after each token, computed in passes of n tokens.
std::vector<float> logits_of(const model::Model& model, const Tokens& tokens, std::size_t n,
                             int n_threads) {
    const std::size_t stride = model::logits_stride(model.spec);
    std::vector<float> logits(tokens.size() * stride);
    model::Workspace workspace(model.spec, n, n_threads);
    model::KvCache cache(model.kv_layout);
    for (std::size_t at = 0; at < tokens.size(); at += n) {
        const auto part = std::span(tokens).subspan(at, std::min(n, tokens.size() - at));
        const std::array<model::SequenceInput, 1> input{{{&cache, part, part.size()}}};
        model::forward(model, workspace, input, logits.data() + at * stride,
                       {.n_threads = n_threads});
    }
    return logits;
}

std::vector<std::string> documents_of(const std::string& text, bool lines) {
    if (!lines) return {text};
    std::vector<std::string> out;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) out.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

}  // namespace

TEST_CASE("ngram: the tables give what the formulas over counts give") {
    std::mt19937 rng(7);
    const std::array<pack::Borders, 4> borders{
        {{0, 1}, {1, 1}, {std::nullopt, 1}, {std::nullopt, std::nullopt}}};
    for (const pack::Borders& each : borders) {
        for (std::size_t order = 1; order <= 6; ++order) {
            CAPTURE(order);
            for (int i = 0; i < 3; ++i) compare_with_formulas(each, order, rng);
        }
    }
}

TEST_CASE("ngram: probabilities are those of KenLM, token by token") {
    const auto expected = nlohmann::json::parse(read_file(golden("ngram/kenlm.json")));
    const std::string scored = read_file(golden("ngram/scored.txt"));
    for (const auto& golden_case : expected.at("cases")) {
        const TempDir dir;
        const bool lines = golden_case.at("lines");
        const Opened opened(pack_counted(dir, golden_case.at("order"), lines));
        CAPTURE(golden_case.at("order").get<int>());
        CAPTURE(lines);
        const std::size_t stride = model::logits_stride(opened.model.spec);
        const auto documents = documents_of(scored, lines);
        REQUIRE(documents.size() == golden_case.at("log10").size());
        double sum = 0;
        double expected_sum = 0;
        std::size_t n = 0;
        for (std::size_t d = 0; d < documents.size(); ++d) {
            Tokens tokens = tokenizer::encode(opened.tokenizer, documents[d]);
            tokens.insert(tokens.begin(), *opened.tokenizer.bos_id());
            const auto logits = logits_of(opened.model, tokens, 100, 1);
            tokens.push_back(opened.tokenizer.eos_ids().front());
            const auto& scores = golden_case.at("log10")[d];
            REQUIRE(scores.size() == tokens.size() - 1);
            for (std::size_t i = 0; i + 1 < tokens.size(); ++i, ++n) {
                const double found = logits[i * stride + tokens[i + 1]];
                const double golden_log = scores[i].get<double>() * std::log(10.0);
                CHECK(found == doctest::Approx(golden_log).epsilon(1e-4));
                sum += found;
                expected_sum += golden_log;
            }
        }
        const auto perplexity = [&](double all) { return std::exp(-all / static_cast<double>(n)); };
        CHECK(n > 1000);
        CHECK(perplexity(sum) == doctest::Approx(perplexity(expected_sum)).epsilon(1e-5));
    }
}

TEST_CASE("ngram: a token's logits depend on the tokens before it and nothing else") {
    const TempDir dir;
    const Opened opened(pack_counted(dir, 4, true));
    Tokens tokens = tokenizer::encode(opened.tokenizer, read_file(golden("ngram/scored.txt")));
    tokens.resize(300);
    const auto expected = logits_of(opened.model, tokens, 300, 1);
    for (const std::size_t n : {1U, 7U, 64U}) {
        CHECK(logits_of(opened.model, tokens, n, 1) == expected);
        CHECK(logits_of(opened.model, tokens, n, 3) == expected);
    }
}

TEST_CASE("ngram: damaged tables are refused or harmless") {
    const TempDir dir;
    const Opened opened(pack_counted(dir, 3, true));
    const base::Bytes section = opened.file.required_section("ngram");
    const spec::ModelSpec& spec = opened.model.spec;
    std::vector<std::byte> bytes(section.begin(), section.end());
    std::vector<float> row(spec.vocab_size);
    const auto use = [&](base::Bytes tables) {
        try {
            const model::Ngram ngram(spec, tables, "tables");
            for (std::uint32_t token = 0; token < spec.vocab_size; ++token) {
                ngram.log_probabilities(Tokens{token, (token * 7 + 3) % spec.vocab_size},
                                        row.data());
                REQUIRE(model::all_finite(row));
            }
            return true;
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::model);
            return false;
        }
    };
    CHECK(use(bytes));
    std::mt19937 rng(3);
    for (int i = 0; i < 60; ++i) CHECK_FALSE(use(base::Bytes(bytes).first(rng() % bytes.size())));
    std::size_t n_refused = 0;
    for (int i = 0; i < 400; ++i) {
        // The front holds the sizes, and what is not refused there would be read out of bounds.
        const std::size_t at = i < 128 ? static_cast<std::size_t>(i) / 8 : rng() % bytes.size();
        const auto bit = std::byte{1} << (i % 8);
        bytes[at] ^= bit;
        const bool refused = !use(bytes);
        if (i < 128) CHECK(refused);
        n_refused += refused ? 1 : 0;
        bytes[at] ^= bit;
    }
    CHECK(n_refused > 150);
    spec::ModelSpec other = spec;
    other.vocab_size += 1;
    CHECK(error_of(ErrorCode::model, [&] {
              model::Ngram(other, bytes, "FILE: section ngram");
          }).find("section ngram") != std::string::npos);
}

TEST_CASE("ngram: a spec that describes a network beside counts is refused") {
    spec::ModelSpec spec = spec_of(3, 10);
    spec::validate(spec, "spec");
    spec.dim = 16;
    CHECK(error_of(ErrorCode::model, [&] { spec::validate(spec, "spec"); }).find("ngram_order") !=
          std::string::npos);
    spec = spec_of(spec::kMaxNgramOrder + 1, 10);
    CHECK(error_of(ErrorCode::model, [&] { spec::validate(spec, "spec"); }).find("1 to 8") !=
          std::string::npos);
}

// Vectors of texts against sentence-transformers: folders in the form that it saves, with their modules
// and prompts. Made by scripts/goldens/sentences.

#include <algorithm>

#include "apps/common/open_model.h"
#include "formats/quire/prompts_json.h"
#include "lib/model/reference/reference_forward.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tests/model/family_goldens.h"

using namespace quire;
using namespace quire::test;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Sentences {
    std::optional<std::string> query;  // of a cross encoder, before each text
    std::vector<std::string> texts;
    std::vector<std::optional<std::string>> prompts;  // none: the model's default
    std::size_t dimensions = 0;                       // kept of a vector; 0: all
    // Of length 1, or the scores of a cross encoder.
    std::vector<std::vector<float>> vectors;
};

Sentences read_sentences(const fs::path& folder) {
    const formats::SafetensorsFile file((folder / "reference.safetensors").string());
    Sentences out;
    for (const auto& [key, value] : file.metadata()) {
        if (key == "texts") out.texts = json::parse(value).get<std::vector<std::string>>();
        if (key == "query") out.query = value;
        if (key == "dimensions") out.dimensions = std::stoul(value);
        if (key != "prompts") continue;
        for (const json& name : json::parse(value)) {
            out.prompts.push_back(name.is_null() ? std::nullopt
                                                 : std::optional(name.get<std::string>()));
        }
    }
    const formats::SourceTensor& tensor = file.tensors().front();
    for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
        formats::read_row(out.vectors.emplace_back(tensor.columns()), tensor, row);
    }
    return out;
}

// Folders of vectors, or of cross encoders.
std::vector<fs::path> folders(bool with_query) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(golden("sentences"))) {
        if (read_sentences(entry.path()).query.has_value() == with_query)
            out.push_back(entry.path());
    }
    std::ranges::sort(out);
    return out;
}

formats::QuireFile pack_sentences(const TempDir& dir, const fs::path& folder) {
    const std::string packed = dir.file(folder.filename().string() + ".quire");
    pack::convert({folder.string(), packed, pack::TargetType::keep, "test", 1});
    return formats::QuireFile::open(packed);
}

// The text with what goes before it, as ids.
std::vector<std::uint32_t> ids_of(const formats::QuireFile& file,
                                  const tokenizer::Tokenizer& tokenizer, const Sentences& sentences,
                                  std::size_t i) {
    const spec::TextPrompts prompts = formats::text_prompts(file);
    const std::string name = sentences.prompts[i].value_or(prompts.default_name);
    const std::string* before = prompts.find(name);
    REQUIRE((name.empty() || before != nullptr));
    tokenizer::EncodeOptions options;
    options.add_special = true;
    return tokenizer::encode(tokenizer, (before == nullptr ? "" : *before) + sentences.texts[i],
                             options);
}

std::vector<float> cut(std::vector<float> vector, std::size_t dimensions) {
    if (dimensions > 0) vector.resize(dimensions);
    generate::normalize(vector);
    return vector;
}

}  // namespace

TEST_CASE("sentences: vectors of sentence-transformers, within 1e-5 of the cosine") {
    const TempDir dir;
    for (const fs::path& folder : folders(false)) {
        const std::string name = folder.filename().string();
        CAPTURE(name);
        const Sentences sentences = read_sentences(folder);
        const auto file = pack_sentences(dir, folder);
        const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path(),
                                 kernels::KvType::f32);
        const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
        const generate::EmbedParams params{.pooling = model.spec.pooling};
        double worst = 0;
        REQUIRE(sentences.texts.size() >= 4);
        for (std::size_t i = 0; i < sentences.texts.size(); ++i) {
            const auto ids = ids_of(file, tokenizer, sentences, i);
            const auto vector = generate::embedding(model, ids, params);
            const auto ours = cut(vector, sentences.dimensions);
            worst = std::max(worst, 1.0 - generate::cosine(ours, sentences.vectors[i]));
            for (std::size_t d = 0; d < ours.size(); ++d) {
                CHECK(ours[d] == doctest::Approx(sentences.vectors[i][d]).epsilon(1e-3));
            }
            const auto slow = model::reference_vector(model.spec, model.weights, ids);
            CHECK(generate::cosine(slow, vector) > 1.0 - 1e-9);
        }
        MESSAGE(name << ": 1 - cosine " << worst);
        CHECK(worst < 1e-5);
    }
    CHECK(folders(false).size() >= 15);
}

TEST_CASE("sentences: the same bits on every instruction set and number of threads") {
    const TempDir dir;
    for (const fs::path& folder : folders(false)) {
        const std::string name = folder.filename().string();
        const Sentences sentences = read_sentences(folder);
        const auto file = pack_sentences(dir, folder);
        const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
        const auto ids = ids_of(file, tokenizer, sentences, 1);
        const auto vector = [&](std::string_view isa, int n_threads) {
            const model::Model model(file.spec(), file.tensors(), kernels::choose(isa),
                                     file.path());
            return generate::embedding(model, ids,
                                       {.pooling = model.spec.pooling, .n_threads = n_threads});
        };
        const auto expected = vector("portable", 1);
        for (const kernels::KernelTable* table : kernels::available()) {
            for (const int n_threads : {1, 2, 3}) {
                CAPTURE(name);
                CAPTURE(table->name);
                CAPTURE(n_threads);
                CHECK(same_bits(expected, vector(table->name, n_threads)));
            }
        }
    }
}

TEST_CASE("sentences: scores of pairs of sentence-transformers' cross encoders") {
    const TempDir dir;
    for (const fs::path& folder : folders(true)) {
        const std::string name = folder.filename().string();
        CAPTURE(name);
        const Sentences sentences = read_sentences(folder);
        const auto file = pack_sentences(dir, folder);
        const model::Model model(file.spec(), file.tensors(), kernels::choose(""), file.path(),
                                 kernels::KvType::f32);
        const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
        const std::vector<std::uint32_t>& between = model.spec.classifier.pair_ids;
        REQUIRE(!between.empty());
        float worst = 0;
        for (std::size_t i = 0; i < sentences.texts.size(); ++i) {
            std::vector<std::uint32_t> ids = tokenizer.prefix_ids();
            const auto append = [&](const std::vector<std::uint32_t>& more) {
                ids.insert(ids.end(), more.begin(), more.end());
            };
            append(tokenizer::encode(tokenizer, *sentences.query));
            append(between);
            const std::size_t begin = ids.size();
            append(tokenizer::encode(tokenizer, sentences.texts[i]));
            append(tokenizer.suffix_ids());
            const auto pooled =
                generate::pool(model, ids, {.pooling = model.spec.pooling, .second_begin = begin});
            const auto scores = generate::label_scores(model, pooled);
            REQUIRE(scores.size() == sentences.vectors[i].size());
            worst = std::max(worst, std::abs(scores[0] - sentences.vectors[i][0]));
            std::vector<float> plain(scores.size());
            model::classify(model, plain, pooled);
            const auto slow = model::reference_scores(model.spec, model.weights, ids, begin);
            CHECK(plain[0] == doctest::Approx(slow[0]).epsilon(1e-4));
        }
        MESSAGE(name << ": " << worst);
        CHECK(worst < 1e-5F);
    }
    CHECK(folders(true).size() >= 4);
}

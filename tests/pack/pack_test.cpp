// What pack does with the parts of a checkpoint that are not weights, such as its name, suppressed
// tokens, and tokens without rows; and that other layouts of the weights make the same file.

#include <doctest/doctest.h>

#include <algorithm>

#include "apps/common/open_model.h"
#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "lib/base/json/json.h"
#include "lib/generate/engine.h"
#include "lib/kernels/dispatch.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/tokenizer.h"
#include "tests/support.h"
#include "tools/pack/encode.h"
#include "tools/pack/vocabulary.h"

using namespace quire;
using namespace quire::test;
namespace fs = std::filesystem;

namespace {

pack::Result pack_to(const std::string& source, const std::string& output,
                     const std::string& name = "") {
    pack::Options options{source, output, pack::TargetType::keep, "keep", 2};
    options.name = name;
    return pack::convert(options);
}

// tiny-llama with another generation_config.json, or without one.
std::string tiny_with(const TempDir& dir, const nlohmann::json& generation) {
    const std::string folder = dir.file("tiny");
    fs::remove_all(folder);
    fs::copy(golden("tiny-llama"), folder);
    if (!generation.is_null()) write_file(folder + "/generation_config.json", generation.dump());
    return folder;
}

// What the model writes after one token.
std::vector<std::uint32_t> written(const formats::QuireFile& file, float temperature,
                                   const generate::LogitRuleParams& rules) {
    const auto model = common::load_model(file, kernels::choose(""), kernels::KvType::f16);
    const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
    generate::Request request;
    request.prompt = {1};
    request.continuation.max_tokens = 100;
    request.continuation.ignore_end = true;
    request.continuation.rules = rules;
    request.continuation.sampler = {
        .temperature = temperature, .top_k = 0, .top_p = 1, .min_p = 0, .seed = 7};
    generate::Engine engine(model, tokenizer, {});
    return generate::complete(engine, std::move(request)).tokens;
}

}  // namespace

TEST_CASE("pack: a tensor for each expert makes the same file as one tensor for all") {
    const TempDir dir;
    pack_to(golden("gguf/mixtral.gguf"), dir.file("stacked.quire"));
    pack_to(golden("gguf/mixtral-split.gguf"), dir.file("split.quire"));
    CHECK(read_file(dir.file("stacked.quire")) == read_file(dir.file("split.quire")));
}

TEST_CASE("pack: tokens that the checkpoint suppresses are never generated") {
    const TempDir dir;
    std::vector<std::uint32_t> odd;
    generate::LogitRuleParams banned;
    generate::LogitRuleParams wanted;
    for (std::uint32_t id = 1; id < 320; id += 2) {
        odd.push_back(id);
        banned.bias.emplace_back(id, -1e6F);
        wanted.bias.emplace_back(id, 100.0F);
    }
    pack_to(tiny_with(dir, {{"suppress_tokens", odd}}), dir.file("even.quire"));
    pack_to(golden("tiny-llama"), dir.file("all.quire"));
    const auto even = formats::QuireFile::open(dir.file("even.quire"));
    const auto all = formats::QuireFile::open(dir.file("all.quire"));
    const auto is_odd = [](std::uint32_t id) { return id % 2 == 1; };
    for (const float temperature : {0.0F, 1.0F, 5.0F}) {
        CAPTURE(temperature);
        CHECK(std::ranges::any_of(written(all, temperature, {}), is_odd));
        CHECK(written(even, temperature, {}) == written(all, temperature, banned));
        CHECK(std::ranges::none_of(written(even, temperature, wanted), is_odd));
    }
}

TEST_CASE("pack: suppress_tokens is read as transformers reads it, or refused by name") {
    const TempDir dir;
    const std::string output = dir.file("m.quire");
    const auto suppressed = [&](const nlohmann::json& generation) {
        const std::string folder = tiny_with(dir, generation);
        auto config = nlohmann::json::parse(read_file(folder + "/config.json"));
        config["suppress_tokens"] = {5};
        write_file(folder + "/config.json", config.dump());
        pack_to(folder, output);
        return common::load_tokenizer(formats::QuireFile::open(output)).suppressed_ids();
    };
    using Ids = std::vector<std::uint32_t>;
    CHECK(suppressed(nullptr) == Ids{5});
    CHECK(suppressed({{"suppress_tokens", {6, 7}}}) == Ids{6, 7});
    CHECK(suppressed({{"suppress_tokens", nullptr}}).empty());
    CHECK(suppressed({{"do_sample", true}}).empty());
    for (const nlohmann::json& wrong : {nlohmann::json("5"), nlohmann::json{-1}}) {
        CHECK(error_of(ErrorCode::model, [&] {
                  suppressed({{"suppress_tokens", wrong}});
              }).find("suppress_tokens expected a list of ids") != std::string::npos);
    }
    CHECK(error_of(ErrorCode::model,
                   [&] {
                       suppressed({{"suppress_tokens", {320}}});
                   })
              .find("suppress_tokens expected ids below the model's 320, found 320") !=
          std::string::npos);
}

TEST_CASE("pack: the same checkpoint in another folder is the same file, bit for bit") {
    const TempDir dir;
    fs::create_directories(dir.file("snapshots"));
    fs::copy(golden("tiny-llama"), dir.file("tiny"));
    fs::copy(golden("tiny-llama"), dir.file("snapshots/0123456789abcdef"));
    const auto one = pack_to(dir.file("tiny"), dir.file("a.quire"));
    pack_to(dir.file("snapshots/0123456789abcdef") + "/", dir.file("b.quire"));
    CHECK(read_file(dir.file("a.quire")) == read_file(dir.file("b.quire")));
    CHECK(one.name.starts_with("llama-"));
    CHECK(formats::QuireFile::open(dir.file("a.quire")).meta().name == one.name);

    const auto named = pack_to(dir.file("tiny"), dir.file("c.quire"), "mine");
    CHECK(named.name_from == "--name");
    CHECK(formats::QuireFile::open(dir.file("c.quire")).meta().name == "mine");
    CHECK(named.model_hash != one.model_hash);
}

TEST_CASE("pack: an added token without a row is left out, and text never becomes it") {
    const TempDir dir;
    fs::copy(golden("tiny-llama"), dir.file("tiny"));
    const std::string path = dir.file("tiny/tokenizer.json");
    nlohmann::json tokenizer = nlohmann::json::parse(read_file(path));
    const auto config = nlohmann::json::parse(read_file(golden("tiny-llama/config.json")));
    const auto n_rows = config.at("vocab_size").get<std::uint32_t>();
    tokenizer["added_tokens"].push_back({{"id", n_rows},
                                         {"content", "<image_soft_token>"},
                                         {"special", true},
                                         {"single_word", false},
                                         {"lstrip", false},
                                         {"rstrip", false},
                                         {"normalized", false}});
    write_file(path, tokenizer.dump());
    const auto result = pack_to(dir.file("tiny"), dir.file("m.quire"));
    REQUIRE(result.notes.size() == 1);
    CHECK(result.notes[0].starts_with("added token \"<image_soft_token>\" is left out"));

    const auto file = formats::QuireFile::open(dir.file("m.quire"));
    const tokenizer::Tokenizer read(
        [&](std::string_view name) { return file.required_section(name); });
    CHECK(read.n_vocab() <= n_rows);
    for (const std::uint32_t id : tokenizer::encode(read, "a <image_soft_token> b")) {
        CHECK(id < n_rows);
    }
}

TEST_CASE("pack: a link to a file that a cache lost is an error that names it") {
    const TempDir dir;
    for (const char* name : {"tokenizer_config.json", "special_tokens_map.json",
                             "generation_config.json", "chat_template.jinja", "modules.json"}) {
        fs::remove_all(dir.file("tiny"));
        fs::copy(golden("tiny-llama"), dir.file("tiny"));
        fs::remove(dir.file("tiny/") + name);
        fs::create_symlink("/nonexistent/blob", dir.file("tiny/") + name);
        CAPTURE(std::string(name));
        CHECK(error_of(ErrorCode::model, [&] {
                  pack_to(dir.file("tiny"), dir.file("m.quire"));
              }).starts_with(dir.file("tiny/") + name + ": is a link that cannot be followed"));
    }
}

TEST_CASE("pack: a token of the vocabulary without a row is refused") {
    tokenizer::TokenizerSpec source;
    source.pieces.resize(5);
    CHECK(pack::drop_tokens_without_rows(source, 5, "f").empty());
    CHECK(error_of(ErrorCode::model, [&] { pack::drop_tokens_without_rows(source, 4, "f"); }) ==
          "f: tokenizer expected to have at most the model's 4 ids, found 5");
    source.added.push_back({.id = 4, .content = "<x>"});
    source.eos_ids = {3, 4};
    CHECK(pack::drop_tokens_without_rows(source, 4, "f").size() == 1);
    CHECK(source.pieces.size() == 4);
    CHECK(source.added.empty());
    CHECK(source.eos_ids == std::vector<std::uint32_t>{3});
}

TEST_CASE("pack: a PyTorch file gives the same weights as safetensors") {
    const TempDir dir;
    for (const char* name : {"a", "b"}) {
        fs::copy(golden("families/llama-bidirectional"), dir.file(name));
        fs::copy(golden("families/tokenizer.json"), dir.file(name) + "/tokenizer.json");
    }
    fs::remove(dir.file("b/model.safetensors"));
    fs::copy(golden("checkpoint/llama-bidirectional.bin"), dir.file("b/pytorch_model.bin"));
    const auto a = pack_to(dir.file("a"), dir.file("a.quire")).tensors;
    const auto b = pack_to(dir.file("b"), dir.file("b.quire")).tensors;
    const auto same = [](const auto& x, const auto& y) {
        return x.name == y.name && x.dtype == y.dtype && x.hash == y.hash;
    };
    CHECK(std::ranges::equal(a, b, same));
    CHECK(formats::QuireFile::open(dir.file("b.quire")).meta().source == "pytorch");
}

TEST_CASE("pack: an FP8 checkpoint is decoded, and the report says so") {
    const TempDir dir;
    fs::copy(golden("quantized/fp8-blocks"), dir.file("m"));
    fs::copy(golden("families/tokenizer.json"), dir.file("m/tokenizer.json"));
    const auto kept = pack_to(dir.file("m"), dir.file("m.quire"));
    REQUIRE(kept.notes.size() == 1);
    CHECK(
        kept.notes[0].starts_with("FP8 is kept value for value in f32: 32.00 bits a weight, not"));
    for (const auto& tensor : kept.tensors) {
        if (tensor.name == "layers.0.q") CHECK(tensor.dtype == tensor::DType::f32);
        if (tensor.name == "layers.0.v") CHECK(tensor.dtype == tensor::DType::bf16);
    }
    pack::Options options{dir.file("m"), dir.file("q8.quire"), pack::TargetType::q8, "q8", 2};
    CHECK(pack::convert(options).notes.empty());
}

TEST_CASE(
    "pack: experts that the checkpoint has in different types are kept in one that holds all") {
    formats::SourceTensor first;
    formats::SourceTensor second;
    first.type = second.type = formats::SourceType::q4_0;
    models::PlannedTensor planned{"layers.0.down", &first, {&second}};
    CHECK(pack::kept_dtype(planned) == tensor::DType::q4);
    second.type = formats::SourceType::q8_0;
    CHECK(pack::kept_dtype(planned) == tensor::DType::f32);
}

TEST_CASE("pack: the codes of a GPTQ checkpoint are kept") {
    const TempDir dir;
    fs::copy(golden("quantized/gptq"), dir.file("m"));
    fs::copy(golden("families/tokenizer.json"), dir.file("m/tokenizer.json"));
    const auto kept = pack_to(dir.file("m"), dir.file("m.quire"));
    CHECK(kept.notes.empty());
    for (const auto& tensor : kept.tensors) {
        if (tensor.name == "layers.0.gate") CHECK(tensor.dtype == tensor::DType::q4);
        if (tensor.name == "layers.0.down") CHECK(tensor.dtype == tensor::DType::f16);
    }
}

TEST_CASE("pack: no part of a split checkpoint is overwritten") {
    const TempDir dir;
    for (const char* part : {"split-00001-of-00003.gguf", "split-00002-of-00003.gguf"}) {
        fs::copy(golden("checkpoint") + "/" + part, dir.file(part));
    }
    pack::Options options{dir.file("split-00001-of-00003.gguf"),
                          dir.file("split-00002-of-00003.gguf"), pack::TargetType::keep, "keep", 2};
    options.overwrite = true;
    CHECK(error_of(ErrorCode::usage, [&] { pack::convert(options); }).find("the checkpoint") !=
          std::string::npos);
}

// What a GGUF vocabulary leaves to its reader: which tokens end a turn, which take the white space
// beside them, which keys are understood.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "formats/tokenizer/gguf_vocab/from_gguf.h"
#include "formats/tokenizer/gguf_vocab/gguf_splits.h"
#include "formats/tokenizer/open_tokenizer.h"
#include "tests/formats/support.h"

namespace quire::formats {

namespace {

using Ids = std::vector<std::uint32_t>;
using Strings = std::vector<std::string>;

// A GGUF file that has only keys.
class Keys {
  public:
    Keys& text(const std::string& key, const std::string& value) {
        begin(key, 8);
        put_text(value);
        return *this;
    }
    Keys& number(const std::string& key, std::uint32_t value) {
        begin(key, 4);
        tests::put(data_, value);
        return *this;
    }
    Keys& texts(const std::string& key, const Strings& values) {
        begin_array(key, 8, values.size());
        for (const std::string& value : values) put_text(value);
        return *this;
    }
    Keys& numbers(const std::string& key, const std::vector<std::int32_t>& values) {
        begin_array(key, 5, values.size());
        for (const std::int32_t value : values) tests::put(data_, value);
        return *this;
    }

    std::string write(const tests::TempDir& folder) const {
        std::string file = "GGUF";
        tests::put(file, std::uint32_t{3});
        tests::put(file, std::uint64_t{0});
        tests::put(file, n_);
        return folder.write("v.gguf", file + data_);
    }

  private:
    void put_text(const std::string& text) {
        tests::put(data_, std::uint64_t{text.size()});
        data_ += text;
    }
    void begin(const std::string& key, std::uint32_t type) {
        ++n_;
        put_text(key);
        tests::put(data_, type);
    }
    void begin_array(const std::string& key, std::uint32_t type, std::size_t count) {
        begin(key, 9);
        tests::put(data_, type);
        tests::put(data_, std::uint64_t{count});
    }

    std::uint64_t n_ = 0;
    std::string data_;
};

// A byte-level vocabulary: "a", then these tokens, all of one type (1: normal, 3: control).
Keys vocabulary(const Strings& tokens, std::int32_t type = 3) {
    Strings all{"a"};
    all.insert(all.end(), tokens.begin(), tokens.end());
    std::vector<std::int32_t> types(all.size(), type);
    types[0] = 1;
    Keys keys;
    keys.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "gpt-2");
    keys.texts("tokenizer.ggml.tokens", all).texts("tokenizer.ggml.merges", {});
    keys.numbers("tokenizer.ggml.token_type", types);
    return keys;
}

tokenizer::TokenizerSpec source_of(const Keys& keys) {
    const tests::TempDir folder;
    return open_tokenizer(keys.write(folder)).spec;
}

std::string refusal(const Keys& keys) {
    return tests::error_of([&] { source_of(keys); });
}

const tokenizer::AddedToken& added(const tokenizer::TokenizerSpec& source,
                                   const std::string& content) {
    const auto found = std::find_if(source.added.begin(), source.added.end(),
                                    [&](const auto& token) { return token.content == content; });
    REQUIRE(found != source.added.end());
    return *found;
}

}  // namespace

TEST_CASE("gguf vocabulary: tokens end a turn by llama.cpp's list of names") {
    const Strings names{"<|eot_id|>",
                        "<|im_end|>",
                        "<end_of_turn>",
                        "<|endoftext|>",
                        "</s>",
                        "<|eom_id|>",
                        "<EOT>",
                        "[EOS]",
                        "<eos>",
                        "<turn|>",
                        "<|end|>",
                        "[e~[",
                        "<end_of_utterance>",
                        "<｜end▁of▁sentence｜>",
                        "<|file_sep|>",
                        "<PAD>"};
    for (const std::string& name : names) {
        CAPTURE(name);
        const auto ends = [&](std::int32_t type) {
            return source_of(vocabulary({"<x>", name}, type)).eos_ids;
        };
        CHECK(ends(3) == Ids{2});
        // A converter forgot what kind of token it is; "</s>" may be HTML.
        CHECK(ends(1) == (name == "</s>" ? Ids{} : Ids{2}));
    }
    CHECK(source_of(vocabulary({"<|im_start|>", "<pad>", "im_end"})).eos_ids.empty());
    CHECK(source_of(vocabulary({"<|im_end|>"}, 1)).pieces[1].kind == tokenizer::PieceKind::control);
}

TEST_CASE("gguf vocabulary: ids that keys name end a turn first, then the names") {
    Keys keys = vocabulary({"<x>", "<|im_end|>", "<y>", "<|fim_pad|>", "<z>"});
    keys.number("tokenizer.ggml.eos_token_id", 1).number("tokenizer.ggml.eot_token_id", 3);
    CHECK(source_of(keys).eos_ids == Ids{1, 3, 2, 4});
    // The key takes the place of the name.
    keys.number("tokenizer.ggml.fim_pad_token_id", 5);
    CHECK(source_of(keys).eos_ids == Ids{1, 3, 5, 2});
    keys.number("tokenizer.ggml.eom_token_id", 99);
    CHECK(refusal(keys).find("eom_token_id: expected an id below 6, found 99") !=
          std::string::npos);
}

TEST_CASE("gguf vocabulary: tokens that must not be generated") {
    Keys keys = vocabulary({"<x>", "<y>"});
    CHECK(source_of(keys).suppressed_ids.empty());
    keys.numbers("tokenizer.ggml.suppress_tokens", {2, 0});
    CHECK(source_of(keys).suppressed_ids == Ids{2, 0});
    Keys wrong = vocabulary({"<x>"});
    wrong.numbers("tokenizer.ggml.suppress_tokens", {-1});
    CHECK(refusal(wrong).find("tokenizer.ggml.suppress_tokens") != std::string::npos);
}

TEST_CASE("gguf vocabulary: where <|end|> ends a message, and </s> is text") {
    CHECK(source_of(vocabulary({"<|end|>", "<|return|>", "<|call|>"})).eos_ids == Ids{2, 3});
    CHECK(source_of(vocabulary({"<|end|>", "<|flush|>", "<|calls|>"})).eos_ids == Ids{2, 3});
    CHECK(source_of(vocabulary({"<|end|>", "<|return|>"})).eos_ids == Ids{1, 2});
    CHECK(source_of(vocabulary({"</s>", "<|tool_response>"})).eos_ids == Ids{2});
}

TEST_CASE("gguf vocabulary: white space beside tokens by the model's name") {
    const auto named = [](const std::string& key, const std::string& value) {
        return source_of(vocabulary({"<mask>", "[MASK]", "<s>", "<|user|>"}).text(key, value));
    };
    const tokenizer::TokenizerSpec phi = named("general.name", "My PHI-3 mini");
    CHECK(added(phi, "<|user|>").strip_right);
    CHECK_FALSE(added(phi, "<s>").strip_right);
    CHECK_FALSE(added(named("general.name", "Phi 4"), "<|user|>").strip_right);
    CHECK(added(named("general.architecture", "nomic-bert-moe"), "<mask>").strip_left);
    CHECK(added(named("general.name", "modern-bert x"), "[MASK]").strip_left);
    CHECK_FALSE(added(named("general.name", "x"), "<mask>").strip_left);
}

TEST_CASE("gguf vocabulary: an unknown key is refused by name") {
    CHECK(refusal(vocabulary({}).number("tokenizer.ggml.new_key", 1))
              .find("key \"tokenizer.ggml.new_key\" is not understood") != std::string::npos);
    CHECK(refusal(vocabulary({}).number("tokenizer.ggml.padding_token_id", 1)).empty());
    CHECK(refusal(vocabulary({}).text("tokenizer.chat_template.tool_use", "x")).empty());
    Keys other =
        Keys().text("tokenizer.ggml.model", "plamo2").texts("tokenizer.ggml.tokens", {"a"});
    CHECK(refusal(other).find("\"plamo2\" is not supported") != std::string::npos);
}

namespace {

// source: src/llama-vocab.cpp of llama.cpp, llama_vocab::impl::load()
// clang-format off
constexpr const char* kSplitNames[] = {
    "a.x-4.0", "afmoe", "bailingmoe", "bailingmoe2", "bloom", "chameleon", "chatglm-bpe",
    "codeshell", "cohere2moe", "command-r", "dbrx", "deepseek-coder", "deepseek-llm",
    "deepseek-r1-qwen", "deepseek-v3", "default", "exaone", "exaone-moe", "exaone4", "f2llmv2",
    "falcon", "falcon-h1", "falcon3", "gemma4", "gigachat", "glm4", "glm5", "gpt-2", "gpt-4o",
    "gpt3-finnish", "granite-docling", "granite-embed-multi-311m", "granite-embed-multi-97m",
    "grok-2", "hunyuan", "hunyuan-dense", "hy_v4", "jais", "jais-2", "jina-de", "jina-es",
    "jina-v1-en", "jina-v2-code", "jina-v2-de", "jina-v2-es", "jina-v5-nano", "joyai-llm",
    "kanana2", "kimi-k2", "kormo", "laguna", "lfm2", "llada-moe", "llama-bpe", "llama-v3",
    "llama3", "llama4", "megrez", "mellum", "mellum2", "midm-2.0", "minerva-7b", "minicpm5",
    "minimax-m2", "modern-bert", "mpt", "olmo", "phi-2", "pixtral", "poro-chat", "qwen2", "qwen35",
    "refact", "roberta-bpe", "sarvam-moe", "seed-coder", "smaug-bpe", "smollm", "solar-open",
    "spark2_5", "stablelm2", "starcoder", "superbpe", "talkie", "tekken", "tiny_aya", "trillion",
    "ufakzeka", "viking", "whitespace", "youtu",
};
// clang-format on

}  // namespace

TEST_CASE("gguf vocabulary: every split that llama.cpp knows by name is known") {
    CHECK(std::size(kSplitNames) == 91);
    for (const std::string name : kSplitNames) {
        CAPTURE(name);
        CHECK(gguf_split(name).has_value());
    }
}

}  // namespace quire::formats

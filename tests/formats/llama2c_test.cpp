#include "formats/llama2c/llama2c.h"

#include <doctest/doctest.h>

#include <limits>

#include "formats/tokenizer/llama2c_vocab/llama2c_tokenizer.h"
#include "tests/formats/support.h"

namespace quire::formats {

namespace {

using tests::error_of;
using tests::golden_path;
using tests::put;

constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();

std::string verdict(const std::string& content) {
    const tests::TempDir folder;
    const std::string path = folder.write("x.bin", content);
    return error_of([&] {
        const Llama2cFile file(path);
        tests::check_readable(file.tensors());
    });
}

void check_says(const std::string& error, const std::string& text) {
    INFO(error);
    CHECK(error.find("x.bin: ") != std::string::npos);
    CHECK(error.find(text) != std::string::npos);
}

// The content with one number overwritten.
template <typename T>
std::string with(std::string content, std::size_t offset, T value) {
    std::string bytes;
    put(bytes, value);
    return content.replace(offset, bytes.size(), bytes);
}

void check_golden(const std::string& name, int version, bool shared) {
    INFO(name);
    const Llama2cFile file(golden_path(name));
    CHECK(file.version() == version);
    const Llama2cConfig& config = file.config();
    CHECK(config.dim == 8);
    CHECK(config.hidden_dim == 12);
    CHECK(config.n_layers == 2);
    CHECK(config.n_heads == 4);
    CHECK(config.n_kv_heads == 2);
    CHECK(config.vocab_size == 5);
    CHECK(config.seq_len == 3);
    CHECK(config.head_size() == 2);
    CHECK(config.kv_dim() == 4);
    CHECK(config.shared_classifier == shared);
    tests::check_values(file.tensors(), golden_path(name + ".values.txt"));
    tests::check_readable(file.tensors());
}

TEST_CASE("llama2c: both versions, with a shared classifier or not, have all tensors in place") {
    check_golden("llama2c_v0.bin", 0, true);
    check_golden("llama2c_v0_classifier.bin", 0, false);
    check_golden("llama2c_v1.bin", 1, true);
    check_golden("llama2c_v1_classifier.bin", 1, false);
}

TEST_CASE("llama2c: tensors are found by the names of Hugging Face, also after a move") {
    Llama2cFile first(golden_path("llama2c_v0.bin"));
    const Llama2cFile file(std::move(first));
    const SourceTensor* tensor = file.tensor("model.layers.1.self_attn.k_proj.weight");
    REQUIRE(tensor != nullptr);
    CHECK(tensor->shape == std::vector<std::uint64_t>{4, 8});
    CHECK(tensor->file == &file.file());
    CHECK(file.tensor("model.layers.2.self_attn.k_proj.weight") == nullptr);
    CHECK(file.tensor("lm_head.weight") == nullptr);
    CHECK(file.tensor("") == nullptr);
}

TEST_CASE("llama2c: numbers that describe no possible model are refused by name") {
    const std::string good = tests::read_file(golden_path("llama2c_v0.bin"));
    CHECK(verdict(good) == "");
    const char* const names[] = {"dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads"};
    for (std::size_t i = 0; i < 5; ++i) {
        check_says(verdict(with(good, 4 * i, 0)), names[i] + std::string(" above 0, found 0"));
        check_says(verdict(with(good, 4 * i, -3)), names[i] + std::string(" above 0, found -3"));
    }
    check_says(verdict(with(good, 20, 0)), "a vocab_size other than 0");
    check_says(verdict(with(good, 24, -1)), "seq_len above 0, found -1");
    check_says(verdict(with(good, 0, 7)), "dim to be a multiple of 2 x n_heads = 8, found 7");
    check_says(verdict(with(good, 12, 8)), "dim to be a multiple of 2 x n_heads = 16");
    check_says(verdict(with(good, 16, 3)), "n_heads to be a multiple of n_kv_heads = 3");
    check_says(verdict(with(good, 16, 8)), "n_heads to be a multiple of n_kv_heads = 8");
}

TEST_CASE("llama2c: a size that is not the file's is refused before anything is allocated") {
    const std::string good = tests::read_file(golden_path("llama2c_v0.bin"));
    check_says(verdict(good + "x"), "expected 4184 bytes of weights for this header, found 4185");
    check_says(verdict(with(good, 20, kMin)), "bytes of weights for this header");
    check_says(verdict(with(good, 20, kMax)), "bytes of weights for this header");
    check_says(verdict(with(good, 20, -5)), "expected 4344 bytes");
    check_says(verdict(with(good, 8, kMax)), "bytes of weights for this header");
    check_says(verdict(with(with(good, 8, kMax), 4, kMax)), "overflows 64 bits");
    // 2^34 bytes of w1 in each of 2^30 layers would wrap around to 0.
    check_says(verdict(with(with(good, 8, 1 << 30), 4, 1 << 29)), "overflows 64 bits");
    const std::string wide = with(with(good, 0, kMax - 7), 4, kMax);
    check_says(verdict(wide), "overflows 64 bits");
    check_says(verdict(with(wide, 8, kMax)), "overflows 64 bits");
}

TEST_CASE("llama2c: each kind of damage to a version 1 header has its own message") {
    const std::string good = tests::read_file(golden_path("llama2c_v1.bin"));
    CHECK(verdict(good) == "");
    check_says(verdict(with(good, 4, 2)), "version 2 (int8) is not supported");
    check_says(verdict(with(good, 4, 3)), "expected llama2.c version 1 after its magic, found 3");
    check_says(verdict(with(good, 4, 0)), "found 0");
    check_says(verdict(with(good, 28, -5)), "vocab_size above 0, found -5");
    check_says(verdict(with<std::uint8_t>(good, 36, 2)), "shared_classifier to be 0 or 1, found 2");
    check_says(verdict(with<std::uint8_t>(good, 36, 0)), "bytes of weights for this header");
    check_says(verdict(with<std::uint8_t>(good, 37, 1)), "zeros to the end of the header");
    check_says(verdict(with<std::uint8_t>(good, 255, 1)), "zeros to the end of the header");
    check_says(verdict(good + "x"), "bytes of weights for this header");
    check_says(verdict(with(good, 0, 0x616B3431)), "found");
}

TEST_CASE("llama2c: every truncation of a valid file is refused") {
    for (const char* name : {"llama2c_v0_classifier.bin", "llama2c_v1.bin"}) {
        tests::check_every_prefix_refused(tests::read_file(golden_path(name)),
                                          [](const std::string& path) { Llama2cFile file(path); });
    }
}

TEST_CASE("llama2c: with any byte flipped, a file is read or refused") {
    const auto count = [](const char* name, std::size_t n_header) {
        const auto open = [](const std::string& path) {
            const Llama2cFile file(path);
            tests::check_readable(file.tensors());
        };
        return tests::count_refused_flips(tests::read_file(golden_path(name)), n_header, open);
    };
    // Every bit of the seven numbers changes the size that the file must have or makes no model;
    // what may pass are those of seq_len in version 1, which has no RoPE tables.
    CHECK(count("llama2c_v0.bin", 28) == 9 * 28);
    CHECK(count("llama2c_v1_classifier.bin", 256) > 9 * (256 - 4));
}

std::string tokenizer_verdict(const std::string& content, std::uint64_t vocab_size) {
    const tests::TempDir folder;
    const std::string path = folder.write("x.bin", content);
    return error_of([&] {
        const Llama2cTokenizer tokenizer(path, vocab_size);
        CHECK(tokenizer.pieces().size() == vocab_size);
        for (const auto& piece : tokenizer.pieces()) {
            CHECK(piece.text.size() <= tokenizer.max_token_length());
        }
    });
}

TEST_CASE("llama2c tokenizer: pieces have their scores and bytes") {
    const Llama2cTokenizer tokenizer(golden_path("tokenizer.bin"), 5);
    CHECK(tokenizer.max_token_length() == 5);
    REQUIRE(tokenizer.pieces().size() == 5);
    CHECK(tokenizer.pieces()[0].text == "<unk>");
    CHECK(tokenizer.pieces()[1].text == "\n<s>\n");
    CHECK(tokenizer.pieces()[2].text == " the");
    CHECK(tokenizer.pieces()[2].score == -1.5F);
    CHECK(tokenizer.pieces()[3].text == "é");
    CHECK(tokenizer.pieces()[3].score == -2.25F);
    CHECK(tokenizer.pieces()[4].text == "\xC3");
}

TEST_CASE("llama2c tokenizer: another vocabulary size than the model's is refused") {
    const std::string good = tests::read_file(golden_path("tokenizer.bin"));
    check_says(tokenizer_verdict(good, 4),
               "expected the 4 tokens of the model, found more: 9 bytes");
    check_says(tokenizer_verdict(good, 6), "4 bytes of a score, found 0");
    check_says(tokenizer_verdict(good, ~std::uint64_t{0}), "18446744073709551615 tokens, but only");
    check_says(tokenizer_verdict(good + "x", 5), "1 bytes follow");
}

TEST_CASE("llama2c tokenizer: each kind of damage has its own message") {
    const std::string good = tests::read_file(golden_path("tokenizer.bin"));
    check_says(tokenizer_verdict(with(good, 0, -1), 5), "a longest token of 0 to");
    check_says(tokenizer_verdict(with(good, 0, 4), 5), "a token length of 0 to 4, found 5");
    check_says(tokenizer_verdict(with(good, 8, -5), 5), "a token length of 0 to 5, found -5");
    check_says(tokenizer_verdict(with(good, 8, kMin), 5), "found -2147483648");
    check_says(tokenizer_verdict(with(with(good, 0, kMax), 8, kMax), 5),
               "2147483647 bytes of a token");
    const float nan = std::numeric_limits<float>::quiet_NaN();
    check_says(tokenizer_verdict(with(good, 4, nan), 5), "a finite score of token 0");
    const float infinity = std::numeric_limits<float>::infinity();
    check_says(tokenizer_verdict(with(good, 4, -infinity), 5), "a finite score of token 0");
}

TEST_CASE("llama2c tokenizer: every truncation is refused, any flipped byte read or refused") {
    const std::string good = tests::read_file(golden_path("tokenizer.bin"));
    const auto open = [](const std::string& path) { Llama2cTokenizer tokenizer(path, 5); };
    tests::check_every_prefix_refused(good, open);
    CHECK(tests::count_refused_flips(good, good.size(), open) > good.size());
}

}  // namespace

}  // namespace quire::formats

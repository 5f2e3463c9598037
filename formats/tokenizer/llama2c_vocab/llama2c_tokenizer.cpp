#include "formats/tokenizer/llama2c_vocab/llama2c_tokenizer.h"

#include <cmath>

namespace quire::formats {

namespace {

constexpr std::uint64_t kMinPiece = sizeof(float) + sizeof(std::int32_t);

std::uint32_t read_length(base::ByteReader& reader, std::uint32_t max, const char* what) {
    const auto length = reader.read<std::int32_t>(what);
    if (length < 0 || static_cast<std::uint32_t>(length) > max) {
        reader.fail("expected " + std::string(what) + " of 0 to " + std::to_string(max) +
                    ", found " + std::to_string(length));
    }
    return static_cast<std::uint32_t>(length);
}

}  // namespace

Llama2cTokenizer::Llama2cTokenizer(const std::string& path, std::uint64_t vocab_size)
    : file_(base::MappedFile::open(path)) {
    base::ByteReader reader(file_.bytes(), path);
    max_token_length_ = read_length(reader, INT32_MAX, "a longest token");
    reader.expect_count(vocab_size, kMinPiece, "tokens");
    pieces_.reserve(vocab_size);
    for (std::uint64_t id = 0; id < vocab_size; ++id) {
        const auto score = reader.read<float>("a score");
        if (!std::isfinite(score)) {
            reader.fail("expected a finite score of token " + std::to_string(id));
        }
        const std::uint32_t length = read_length(reader, max_token_length_, "a token length");
        pieces_.push_back({score, reader.take_text(length, "a token")});
    }
    if (reader.remaining() != 0) {
        reader.fail("expected the " + std::to_string(vocab_size) +
                    " tokens of the model, found more: " + std::to_string(reader.remaining()) +
                    " bytes follow");
    }
}

}  // namespace quire::formats

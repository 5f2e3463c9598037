#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

std::uint32_t byte_id(const test::OwningTokenizer& tokenizer, unsigned char byte) {
    return tokenizer->id_of(std::string(1, static_cast<char>(byte))).value();
}

}  // namespace

TEST_CASE("decode: the bytes of a character are held back until it is complete") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    tokenizer::DecodeStream stream(*tokenizer);
    CHECK(stream.push(byte_id(tokenizer, 0xF0)).empty());
    CHECK(stream.push(byte_id(tokenizer, 0x9F)).empty());
    CHECK(stream.push(byte_id(tokenizer, 0x98)).empty());
    CHECK(stream.push(byte_id(tokenizer, 0x80)) == "\xF0\x9F\x98\x80");
    CHECK(stream.finish().empty());
}

TEST_CASE("decode: a broken sequence is returned unchanged as soon as it is known to be broken") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    tokenizer::DecodeStream stream(*tokenizer);
    CHECK(stream.push(byte_id(tokenizer, 0xE2)).empty());
    CHECK(stream.push(byte_id(tokenizer, 'x')) == "\xE2x");
    CHECK(stream.push(byte_id(tokenizer, 0x80)) == "\x80");
    CHECK(stream.push(byte_id(tokenizer, 0xFF)) == "\xFF");
    CHECK(stream.push(byte_id(tokenizer, 0xE2)).empty());
    CHECK(stream.push(byte_id(tokenizer, 0x82)).empty());
    CHECK(stream.push(byte_id(tokenizer, 0xC3)) == "\xE2\x82");
    CHECK(stream.finish() == "\xC3");
    CHECK(stream.finish().empty());
}

TEST_CASE("decode: control tokens and ids out of range have no text") {
    const test::OwningTokenizer tokenizer(test::golden_source("digits"));
    tokenizer::DecodeStream stream(*tokenizer);
    CHECK(stream.push(tokenizer->id_of("<|im_end|>").value()).empty());
    CHECK(stream.push(static_cast<std::uint32_t>(tokenizer->n_vocab())).empty());
    CHECK(stream.push(0xFFFFFFFF).empty());
    CHECK(stream.push(tokenizer->id_of("keepme").value()) == "keepme");
}

TEST_CASE("decode: a SentencePiece text loses one space at its start, a continued one none") {
    const test::OwningTokenizer tokenizer(test::golden_source("spm"));
    const auto text_of = [&](const std::string& text, bool at_start) {
        tokenizer::DecodeStream stream(*tokenizer, at_start);
        std::string out;
        for (const std::uint32_t id : tokenizer::encode(*tokenizer, text, {.add_special = true})) {
            out += stream.push(id);
        }
        return out + stream.finish();
    };
    CHECK(text_of("The cat", true) == "The cat");
    CHECK(text_of("  The\n", true) == "  The\n");
    CHECK(text_of("The cat", false) == " The cat");
    CHECK(text_of("\xF0\x9F\xA6\x86 \x01", true) == "\xF0\x9F\xA6\x86 \x01");
}

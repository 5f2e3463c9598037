#include "tests/fuzz/tokenizers.h"

#include <map>
#include <string>
#include <vector>

#include "lib/tokenizer/encode/build_tables.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encode_stream.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/safe_cuts.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

using Ids = std::vector<std::uint32_t>;

// Longer texts than this are cut into words before the steps change them.
constexpr std::size_t kLongBytes = 2200;

std::string sample_text(const tokenizer::Tokenizer& tokenizer) {
    std::string text =
        "The 42 kings' \u65e5\u672c\u0301 don't\n\n\tx  <|end|> aaaaaaaaaaaaaaaaaaaa";
    const std::size_t n = tokenizer.n_vocab();
    for (std::size_t i = 0; i < 12 && i < n; ++i) {
        // From both ends: the last ids are often added tokens.
        const std::size_t id = i % 2 == 0 ? i / 2 * n / 8 % n : n - 1 - i / 2;
        const std::string_view piece = tokenizer.piece(static_cast<std::uint32_t>(id));
        text += piece.substr(0, 40);
        if (i % 3 == 0) text += ' ';
    }
    return text;
}

Ids ids_of(const std::vector<tokenizer::TokenSpan>& spans) {
    Ids ids;
    for (const tokenizer::TokenSpan& span : spans) ids.push_back(span.id);
    return ids;
}

Ids streamed(const tokenizer::Tokenizer& tokenizer, const tokenizer::SafeCuts& cuts,
             std::string_view text, bool trust_all) {
    tokenizer::EncodeStream stream(tokenizer, cuts, trust_all);
    Ids ids;
    for (std::size_t at = 0, n = 1; at < text.size(); at += n, n = n * 2 % 61 + 1) {
        stream.push(text.substr(at, n), ids);
    }
    stream.finish(ids);
    return ids;
}

void check_ways(const tokenizer::Tokenizer& tokenizer, std::string_view text, bool trust_all) {
    const tokenizer::EncodeOptions options{.trust_all = trust_all};
    tokenizer::Encoder encoder(tokenizer);
    Ids first;
    encoder.encode(text, options, first);
    Ids again;
    encoder.encode(text, options, again);
    expect(first == again, "the second encoding differs from the first");
    expect(tokenizer::encode(tokenizer, text, options) == first, "another encoder gives other ids");
    const std::vector<tokenizer::TokenSpan> spans = encoder.encode_spans(text, options);
    expect(ids_of(spans) == first, "the ids with spans differ from those without");
    for (const tokenizer::TokenSpan& span : spans) {
        expect(span.begin <= span.end && span.end <= text.size(), "a span outside of the text");
    }
    const tokenizer::SafeCuts cuts(tokenizer.tables());
    expect(streamed(tokenizer, cuts, text, trust_all) == first, "a stream gives other ids");

    tokenizer::DecodeStream decoder(tokenizer, true);
    for (const std::uint32_t id : first) {
        expect(id < tokenizer.n_vocab(), "an id that is not in the vocabulary");
        decoder.push(id);
    }
    decoder.finish();
}

}  // namespace

void use_tokenizer(const tokenizer::Tokenizer& tokenizer) {
    const std::string text = sample_text(tokenizer);
    check_ways(tokenizer, text, false);
    check_ways(tokenizer, text, true);
    // By the text, so that an input always takes the same way.
    if (text.size() % 8 != 0) return;
    std::string long_text;
    while (long_text.size() < kLongBytes) long_text += text;
    check_ways(tokenizer, long_text, false);
}

void use_source(const tokenizer::TokenizerSpec& source) {
    std::map<std::string, std::vector<std::byte>, std::less<>> tables;
    for (tokenizer::TokenizerTable& table : tokenizer::build_tables(source)) {
        tables[table.name] = std::move(table.bytes);
    }
    const tokenizer::Tokenizer tokenizer([&](std::string_view name) {
        const auto found = tables.find(name);
        expect(found != tables.end(), "a table that was not built");
        return base::Bytes(found->second);
    });
    use_tokenizer(tokenizer);
}

}  // namespace quire::fuzz

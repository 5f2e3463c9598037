#include "tests/fuzz/tokenizers.h"

#include <map>
#include <string>
#include <vector>

#include "lib/base/hash.h"
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

// The ways to encode that must agree with the plain one.
enum class Way { again, other_encoder, spans, stream, decode };
constexpr std::size_t kWays = 5;

Ids spans_ids(tokenizer::Encoder& encoder, std::string_view text,
              const tokenizer::EncodeOptions& options) {
    const std::vector<tokenizer::TokenSpan> spans = encoder.encode_spans(text, options);
    for (const tokenizer::TokenSpan& span : spans) {
        expect(span.begin <= span.end && span.end <= text.size(), "a span outside of the text");
    }
    return ids_of(spans);
}

void decode(const tokenizer::Tokenizer& tokenizer, const Ids& ids) {
    tokenizer::DecodeStream decoder(tokenizer, true);
    for (const std::uint32_t id : ids) {
        expect(id < tokenizer.n_vocab(), "an id that is not in the vocabulary");
        decoder.push(id);
    }
    decoder.finish();
}

void check_way(const tokenizer::Tokenizer& tokenizer, std::string_view text, bool trust_all,
               Way way) {
    const tokenizer::EncodeOptions options{.trust_all = trust_all};
    tokenizer::Encoder encoder(tokenizer);
    Ids first;
    encoder.encode(text, options, first);
    Ids other;
    switch (way) {
        case Way::again:
            encoder.encode(text, options, other);
            break;
        case Way::other_encoder:
            other = tokenizer::encode(tokenizer, text, options);
            break;
        case Way::spans:
            other = spans_ids(encoder, text, options);
            break;
        case Way::stream:
            other = streamed(tokenizer, tokenizer::SafeCuts(tokenizer.tables()), text, trust_all);
            break;
        case Way::decode:
            decode(tokenizer, first);
            return;
    }
    expect(other == first, "another way to encode gives other ids");
}

}  // namespace

void use_tokenizer(const tokenizer::Tokenizer& tokenizer) {
    std::string text = sample_text(tokenizer);
    // One way for each input, to spend the time on more inputs. The hash of the text decides, so that
    // an input always takes the same way.
    const std::uint64_t hash = base::xxh3(base::as_bytes(text));
    const auto way = static_cast<Way>(hash % kWays);
    const bool trust_all = hash / kWays % 2 == 0;
    if (hash / kWays / 2 % 8 == 0) {
        const std::string part = text;
        while (text.size() < kLongBytes) text += part;
    }
    check_way(tokenizer, text, trust_all, way);
}

// Not a BuiltTokenizer: that throws an Error for a missing table, which would pass for a refusal.
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

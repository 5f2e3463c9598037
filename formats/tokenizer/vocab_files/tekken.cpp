#include "formats/tokenizer/vocab_files/tekken.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "formats/tokenizer/vocab_files/ranked_tokens.h"
#include "lib/base/base64.h"

namespace quire::formats {

namespace {

// The special tokens of files that do not list them.
constexpr std::array<const char*, 20> kOldSpecials{"<unk>",
                                                   "<s>",
                                                   "</s>",
                                                   "[INST]",
                                                   "[/INST]",
                                                   "[AVAILABLE_TOOLS]",
                                                   "[/AVAILABLE_TOOLS]",
                                                   "[TOOL_RESULTS]",
                                                   "[/TOOL_RESULTS]",
                                                   "[TOOL_CALLS]",
                                                   "[IMG]",
                                                   "<pad>",
                                                   "[IMG_BREAK]",
                                                   "[IMG_END]",
                                                   "[PREFIX]",
                                                   "[MIDDLE]",
                                                   "[SUFFIX]",
                                                   "[SYSTEM_PROMPT]",
                                                   "[/SYSTEM_PROMPT]",
                                                   "[TOOL_CONTENT]"};

std::vector<std::string> special_tokens(const JsonNode& root, std::uint32_t count) {
    std::vector<std::string> names;
    if (const std::optional<JsonNode> list = root.find("special_tokens")) {
        for (std::size_t i = 0; i < list->size(); ++i) {
            const JsonNode entry = list->item(i);
            if (entry.at("rank").id() != i) entry.fail("expected rank " + std::to_string(i));
            names.push_back(entry.at("token_str").text());
        }
    } else {
        names.assign(kOldSpecials.begin(), kOldSpecials.end());
    }
    if (names.size() > count) {
        root.fail("expected at most default_num_special_tokens (" + std::to_string(count) +
                  ") special tokens, found " + std::to_string(names.size()));
    }
    for (std::size_t id = names.size(); id < count; ++id) {
        names.push_back("<SPECIAL_" + std::to_string(id) + ">");
    }
    return names;
}

std::vector<RankedToken> ranked_tokens(const JsonNode& vocab, std::size_t count) {
    if (vocab.size() < count) {
        vocab.fail("expected " + std::to_string(count) + " tokens, found " +
                   std::to_string(vocab.size()));
    }
    std::vector<RankedToken> tokens;
    for (std::size_t i = 0; i < count; ++i) {
        const JsonNode entry = vocab.item(i);
        const std::uint32_t rank = entry.at("rank").id();
        const std::optional<std::string> bytes =
            base::decode_base64(entry.at("token_bytes").text());
        if (!bytes || bytes->empty()) entry.fail("token_bytes: expected base64");
        if (rank != i) entry.fail("expected rank " + std::to_string(i));
        tokens.push_back({*bytes, rank, i});
    }
    return tokens;
}

}  // namespace

tokenizer::TokenizerSpec parse_tekken(const JsonNode& root, const std::string& where) {
    constexpr std::uint32_t kMaxSpecials = 1 << 16;
    const JsonNode config = root.at("config");
    const std::uint32_t n_special = config.at("default_num_special_tokens").id();
    const std::uint32_t n_all = config.at("default_vocab_size").id();
    if (n_special > kMaxSpecials || n_all <= n_special) {
        config.fail("expected more tokens than special ones, of which at most " +
                    std::to_string(kMaxSpecials));
    }
    TiktokenSettings settings{config.at("pattern").text(), {}};
    const std::vector<std::string> names = special_tokens(root, n_special);
    for (std::uint32_t id = 0; id < n_special; ++id) {
        if (!settings.specials.emplace(names[id], id).second) {
            root.fail("special token " + std::to_string(id) + " appears twice");
        }
    }
    tokenizer::TokenizerSpec source = from_ranked_tokens(
        ranked_tokens(root.at("vocab"), n_all - n_special), settings, n_special, where);
    const auto id_of = [&](const char* name) -> std::optional<std::uint32_t> {
        const auto found = settings.specials.find(name);
        if (found == settings.specials.end()) return std::nullopt;
        return found->second;
    };
    source.bos_id = id_of("<s>");
    if (source.bos_id) source.prefix_ids = {*source.bos_id};
    if (const auto eos = id_of("</s>")) source.eos_ids = {*eos};
    return source;
}

}  // namespace quire::formats

#include "tools/pack/vocabulary.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "lib/base/error.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"

namespace quire::pack {

namespace {

// Adds the configuration's eos_token_id, an id or a list, to the ids that the tokenizer's files name.
void add_eos_ids(tokenizer::TokenizerSpec& tokenizer, const models::Source& source) {
    const auto found = source.config.find("eos_token_id");
    if (found == source.config.end() || found->is_null()) return;
    const auto add = [&](const nlohmann::json& id) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= tokenizer.pieces.size()) {
            throw Error(ErrorCode::model, source.path,
                        "config: eos_token_id expected ids of the tokenizer, found " +
                            base::json_excerpt(id));
        }
        const auto value = id.get<std::uint32_t>();
        if (std::ranges::find(tokenizer.eos_ids, value) == tokenizer.eos_ids.end()) {
            tokenizer.eos_ids.push_back(value);
        }
    };
    if (found->is_array()) {
        for (const nlohmann::json& id : *found) add(id);
    } else {
        add(*found);
    }
}

// The configuration's suppress_tokens. source: transformers, SuppressTokensLogitsProcessor.
void add_suppressed_ids(tokenizer::TokenizerSpec& tokenizer, const models::Source& source) {
    const auto found = source.config.find("suppress_tokens");
    if (found == source.config.end() || found->is_null()) return;
    const bool ids =
        found->is_array() && std::ranges::all_of(*found, [](const auto& id) {
            return id.is_number_unsigned() && id.template get<std::uint64_t>() < UINT32_MAX;
        });
    if (!ids) {
        throw Error(
            ErrorCode::model, source.path,
            "config: suppress_tokens expected a list of ids, found " + base::json_excerpt(*found));
    }
    tokenizer.suppressed_ids = found->get<std::vector<std::uint32_t>>();
}

// A token for each byte, and then, up to the size of the model's vocabulary, tokens that no text
// becomes but that a model with random weights may write.
formats::SourceTokenizer byte_vocabulary(std::uint32_t n_tokens) {
    formats::SourceTokenizer made;
    made.spec.pieces.resize(n_tokens);
    for (std::uint32_t id = 0; id < n_tokens; ++id) {
        made.spec.pieces[id].bytes =
            id < 256 ? std::string(1, static_cast<char>(id)) : "[" + std::to_string(id) + "]";
    }
    return made;
}

}  // namespace

void check_suppressed(const tokenizer::TokenizerSpec& tokenizer, std::uint32_t n_rows,
                      const std::string& where) {
    for (const std::uint32_t id : tokenizer.suppressed_ids) {
        if (id < n_rows) continue;
        throw Error(ErrorCode::model, where,
                    "suppress_tokens expected ids below the model's " + std::to_string(n_rows) +
                        ", found " + std::to_string(id));
    }
}

std::vector<std::string> drop_tokens_without_rows(tokenizer::TokenizerSpec& tokenizer,
                                                  std::uint32_t n_rows, const std::string& where) {
    std::vector<std::string> notes;
    const std::size_t n_tokens =
        tokenizer.n_tokens > 0 ? tokenizer.n_tokens : tokenizer.pieces.size();
    if (n_tokens <= n_rows) return notes;
    std::set<std::uint32_t> dropped;
    for (const tokenizer::AddedToken& token : tokenizer.added) {
        if (token.id < n_rows) continue;
        dropped.insert(token.id);
        notes.push_back("added token " + base::quoted(token.content) +
                        " is left out: the model has " + std::to_string(n_rows) +
                        " rows, none for id " + std::to_string(token.id));
    }
    const auto named = [&](std::uint32_t id) { return id >= n_rows && dropped.contains(id); };
    for (std::size_t id = n_rows; id < tokenizer.pieces.size(); ++id) {
        if (tokenizer.pieces[id].kind == tokenizer::PieceKind::unused) continue;
        if (dropped.contains(static_cast<std::uint32_t>(id))) continue;
        throw Error(ErrorCode::model, where,
                    "tokenizer expected to have at most the model's " + std::to_string(n_rows) +
                        " ids, found " + std::to_string(tokenizer.pieces.size()));
    }
    tokenizer.pieces.resize(n_rows);
    if (!tokenizer.scores.empty()) tokenizer.scores.resize(n_rows);
    std::erase_if(tokenizer.added, [&](const auto& token) { return named(token.id); });
    std::erase_if(tokenizer.eos_ids, named);
    std::erase_if(tokenizer.prefix_ids, named);
    std::erase_if(tokenizer.suffix_ids, named);
    if (tokenizer.bos_id && named(*tokenizer.bos_id)) tokenizer.bos_id.reset();
    if (tokenizer.unk_id && named(*tokenizer.unk_id)) tokenizer.unk_id.reset();
    return notes;
}

formats::SourceTokenizer read_vocabulary(const models::Source& source) {
    if (source.format == models::Format::shape) {
        return byte_vocabulary(source.config.at("vocab_size").get<std::uint32_t>());
    }
    if (source.format == models::Format::llama2c) {
        const std::filesystem::path folder = std::filesystem::path(source.path).parent_path();
        return formats::open_llama2c_tokenizer(folder / "tokenizer.bin",
                                               source.config.at("vocab_size").get<std::uint64_t>());
    }
    formats::SourceTokenizer found = formats::open_tokenizer(source.path);
    if (source.format != models::Format::gguf) {
        add_eos_ids(found.spec, source);
        add_suppressed_ids(found.spec, source);
        if (source.bare_texts) {
            found.spec.prefix_ids.clear();
            found.spec.suffix_ids.clear();
        }
    }
    return found;
}

}  // namespace quire::pack

#include "formats/tokenizer/hf_json/listed_tokens.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "formats/tokenizer/hf_json/json_node.h"
#include "formats/tokenizer/hf_json/limits.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::formats {

namespace {

// source: tokenization_utils_base.py, SPECIAL_TOKENS_ATTRIBUTES
constexpr std::array<const char*, 7> kNamed{"bos_token", "eos_token", "unk_token", "sep_token",
                                            "pad_token", "cls_token", "mask_token"};
constexpr std::array<const char*, 3> kLists{"additional_special_tokens", "extra_special_tokens",
                                            "model_specific_special_tokens"};

[[noreturn]] void fail(const std::string& file, const std::string& message) {
    throw Error(ErrorCode::model, file, message);
}

// A token given as an object; `special` is the default for a missing flag.
tokenizer::AddedToken token_of(const JsonNode& node, bool special) {
    tokenizer::AddedToken token;
    token.content = node.at("content").text();
    token.special = node.flag_or("special", special);
    token.normalized = node.flag_or("normalized", !token.special);
    token.strip_left = node.flag_or("lstrip", false);
    token.strip_right = node.flag_or("rstrip", false);
    token.single_word = node.flag_or("single_word", false);
    return token;
}

class Reader {
  public:
    explicit Reader(const std::string& folder) : folder_(folder) {}

    std::vector<ListedToken> read() {
        const bool has_decoder = read_file("tokenizer_config.json", [&](const JsonNode& config) {
            const std::optional<JsonNode> decoder = config.find("added_tokens_decoder");
            if (decoder) add_decoder(*decoder);
            add_named(config);
            return decoder.has_value();
        });
        if (!has_decoder) {
            read_file("special_tokens_map.json", [&](const JsonNode& map) {
                add_named(map);
                return true;
            });
            read_file("added_tokens.json", [&](const JsonNode& tokens) {
                add_ids(tokens);
                return true;
            });
        }
        // Tokens with an id come first, by id; then the named ones in the order of the files.
        std::stable_sort(
            with_ids_.begin(), with_ids_.end(),
            [](const ListedToken& a, const ListedToken& b) { return a.token.id < b.token.id; });
        for (ListedToken& token : named_) with_ids_.push_back(std::move(token));
        return std::move(with_ids_);
    }

  private:
    // False when the file does not exist.
    template <typename Use>
    bool read_file(const char* name, const Use& use) {
        file_ = (std::filesystem::path(folder_) / name).string();
        const std::optional<std::string> text = base::read_optional_file(file_, kMaxSettingsBytes);
        if (!text) return false;
        const nlohmann::json document = base::parse_json(*text, file_);
        return use(JsonNode(document, file_));
    }

    void add_decoder(const JsonNode& decoder) {
        for (const auto& [key, value] : decoder.json().items()) {
            const JsonNode node = decoder.at(key.c_str());
            std::uint32_t id = 0;
            const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
            if (error != std::errc{} || end != key.data() + key.size() || id == 0xFFFFFFFF) {
                node.fail("expected an id as the key");
            }
            tokenizer::AddedToken token = token_of(node, false);
            token.id = id;
            with_ids_.push_back({std::move(token), true, false, file_});
        }
    }

    void add_ids(const JsonNode& tokens) {
        for (const auto& [content, value] : tokens.json().items()) {
            tokenizer::AddedToken token;
            token.id = tokens.at(content.c_str()).id();
            token.content = content;
            token.special = std::any_of(
                named_.begin(), named_.end(),
                [&](const ListedToken& named) { return named.token.content == token.content; });
            token.normalized = !token.special;
            with_ids_.push_back({std::move(token), true, false, file_});
        }
    }

    void add_named(const JsonNode& config) {
        for (const char* key : kNamed) {
            const bool is_end = key == kNamed[0] || key == kNamed[1];
            if (const std::optional<JsonNode> node = config.find(key)) add_name(*node, is_end);
        }
        for (const char* key : kLists) {
            const std::optional<JsonNode> list = config.find(key);
            if (!list) continue;
            if (list->json().is_array()) {
                for (std::size_t i = 0; i < list->size(); ++i) add_name(list->item(i), false);
            } else {
                for (const auto& [name, value] : list->json().items()) {
                    add_name(list->at(name.c_str()), false);
                }
            }
        }
    }

    void add_name(const JsonNode& node, bool is_end) {
        tokenizer::AddedToken token;
        if (node.json().is_object()) {
            token = token_of(node, true);
            token.special = true;
        } else {
            token.content = node.text();
            token.special = true;
        }
        if (!token.content.empty()) named_.push_back({std::move(token), false, is_end, file_});
    }

    std::string folder_;
    std::string file_;  // at hand
    std::vector<ListedToken> with_ids_;
    std::vector<ListedToken> named_;
};

class Adder {
  public:
    Adder(std::vector<tokenizer::AddedToken>& added, const KnownTokens& known, bool may_rename)
        : added_(added), known_(known), may_rename_(may_rename), next_id_(known.name_of.size()) {
        for (std::size_t i = 0; i < added.size(); ++i) place_of_[added[i].content] = i;
        for (const tokenizer::AddedToken& token : added) see(token.id);
    }

    void add(const ListedToken& listed) {
        tokenizer::AddedToken token = listed.token;
        const auto found = known_.id_of.find(token.content);
        const auto place = place_of_.find(token.content);
        if (listed.has_id) {
            if (found != known_.id_of.end() && found->second != token.id) {
                contradiction(listed, " has id " + std::to_string(token.id),
                              " says " + std::to_string(found->second));
            }
            if (found == known_.id_of.end()) check_free(listed);
        } else {
            if (place != place_of_.end()) return;  // an entry with an id takes precedence
            if (listed.is_end && found == known_.id_of.end()) return;
            token.id =
                found != known_.id_of.end() ? found->second : static_cast<std::uint32_t>(next_id_);
        }
        see(token.id);
        if (may_rename_) drop_other_name(token);
        if (place != place_of_.end()) {
            if (added_[place->second].id != token.id) {
                contradiction(listed, " has id " + std::to_string(token.id),
                              " says " + std::to_string(added_[place->second].id));
            }
            added_[place->second] = token;
        } else {
            place_of_[token.content] = added_.size();
            added_.push_back(token);
        }
    }

  private:
    void see(std::uint32_t id) { next_id_ = std::max(next_id_, id + std::size_t{1}); }

    // The token that had the id before it was renamed.
    void drop_other_name(const tokenizer::AddedToken& token) {
        for (tokenizer::AddedToken& other : added_) {
            if (other.id == token.id && other.content != token.content) other.content.clear();
        }
    }

    void check_free(const ListedToken& listed) const {
        const std::uint32_t id = listed.token.id;
        if (may_rename_ || id >= known_.name_of.size() || known_.name_of[id].empty()) return;
        contradiction(listed, " has id " + std::to_string(id),
                      " has " + base::quoted(known_.name_of[id]) + " there");
    }

    [[noreturn]] void contradiction(const ListedToken& listed, const std::string& here,
                                    const std::string& there) const {
        fail(listed.file,
             "token " + base::quoted(listed.token.content) + here + ", but " + known_.file + there);
    }

    std::vector<tokenizer::AddedToken>& added_;
    const KnownTokens& known_;
    bool may_rename_;
    std::size_t next_id_;
    std::unordered_map<std::string, std::size_t> place_of_;  // in added_, by content
};

// The name of the piece in the vocabulary's file.
std::string name_of(const tokenizer::TokenizerSpec& source, std::size_t id) {
    const tokenizer::Piece& piece = source.pieces[id];
    return piece.kind == tokenizer::PieceKind::byte ? tokenizer::piece_of_byte(piece.bytes.front())
                                                    : piece.bytes;
}

// Changes the piece of the token's id into the token.
void place(tokenizer::TokenizerSpec& source, const tokenizer::AddedToken& token,
           const std::string& file) {
    if (token.id >= source.pieces.size() + kMaxHoles) {
        fail(file, "expected ids without large gaps, found " + std::to_string(token.id));
    }
    if (token.id >= source.pieces.size()) {
        source.pieces.resize(token.id + std::size_t{1},
                             {.bytes = {}, .kind = tokenizer::PieceKind::unused});
        if (!source.scores.empty()) source.scores.resize(source.pieces.size());
    }
    tokenizer::Piece& piece = source.pieces[token.id];
    const bool is_piece =
        piece.bytes == token.content && piece.kind == tokenizer::PieceKind::normal;
    // Without a character that is a piece, text would be lost.
    if (is_piece && (!token.special || base::is_one_code_point(token.content))) return;
    if (token.special) {
        piece = {token.content, tokenizer::PieceKind::control};
    } else if (piece.kind != tokenizer::PieceKind::control || piece.bytes != token.content) {
        piece = {token.content, tokenizer::PieceKind::user_defined};
    }
}

}  // namespace

std::vector<ListedToken> read_listed_tokens(const std::string& folder) {
    return Reader(folder).read();
}

void KnownTokens::add(std::string_view name, std::uint32_t id) {
    id_of.emplace(name, id);
    if (id >= name_of.size()) name_of.resize(id + std::size_t{1});
    name_of[id] = name;
}

void add_listed_tokens(std::vector<tokenizer::AddedToken>& added,
                       const std::vector<ListedToken>& listed, const KnownTokens& known,
                       bool may_rename) {
    Adder adder(added, known, may_rename);
    for (const ListedToken& token : listed) adder.add(token);
    std::erase_if(added, [](const tokenizer::AddedToken& token) { return token.content.empty(); });
}

void add_listed_tokens(tokenizer::TokenizerSpec& source, const std::vector<ListedToken>& listed,
                       const std::string& file) {
    if (listed.empty()) return;
    std::vector<std::string> names;
    for (std::size_t id = 0; id < source.pieces.size(); ++id) names.push_back(name_of(source, id));
    KnownTokens known{file, {}, {}};
    for (std::size_t id = 0; id < names.size(); ++id) {
        known.add(names[id], static_cast<std::uint32_t>(id));
    }
    std::vector<tokenizer::AddedToken> added = source.added;
    add_listed_tokens(added, listed, known, true);
    for (const tokenizer::AddedToken& token : added) place(source, token, file);
    source.added = std::move(added);
}

}  // namespace quire::formats

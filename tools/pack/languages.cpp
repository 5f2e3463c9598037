#include "tools/pack/languages.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

namespace quire::pack {

namespace {

bool all(std::string_view text, char from, char to) {
    return std::ranges::all_of(text, [=](char c) { return c >= from && c <= to; });
}

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= 16 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

// What is between `begin` and `end`; empty if it is no code.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    if (!text.starts_with(begin) || !text.ends_with(end)) return {};
    if (text.size() <= begin.size() + end.size()) return {};
    text.remove_prefix(begin.size());
    text.remove_suffix(end.size());
    return is_code(text) ? text : std::string_view();
}

// The code of a token that names a language; empty for another one. Words that look like a code with
// a country or script behind it are languages only if they are added tokens.
std::string_view code_of(std::string_view piece, bool is_added) {
    if (const auto code = between(piece, ">>", "<<"); !code.empty()) return code;
    if (const auto code = between(piece, "<2", ">"); !code.empty()) return code;
    if (!is_added) return {};
    if (const auto code = between(piece, "__", "__"); !code.empty()) return code;
    const std::size_t line = piece.find('_');
    if (line != 2 && line != 3) return {};
    const std::string_view rest = piece.substr(line + 1);
    const bool country = line == 2 && rest.size() == 2 && all(rest, 'A', 'Z');
    const bool script = line == 3 && rest.size() == 4 && all(rest.substr(0, 1), 'A', 'Z') &&
                        all(rest.substr(1), 'a', 'z');
    if (!all(piece.substr(0, line), 'a', 'z') || (!country && !script)) return {};
    return piece;
}

}  // namespace

spec::AnswerSpec with_languages(spec::AnswerSpec answers,
                                const tokenizer::TokenizerSpec& tokenizer) {
    if (answers.target == spec::TargetPlace::none) return answers;
    std::vector<bool> is_added(tokenizer.pieces.size());
    for (const tokenizer::AddedToken& token : tokenizer.added) is_added.at(token.id) = true;
    for (std::uint32_t id = 0; id < tokenizer.pieces.size(); ++id) {
        const bool names =
            is_added[id] || tokenizer.pieces[id].kind == tokenizer::PieceKind::control;
        const std::string_view code = code_of(tokenizer.pieces[id].bytes, names);
        if (!code.empty()) answers.languages.push_back({std::string(code), id});
    }
    const auto is_language = [&](std::uint32_t id) {
        return std::ranges::find(answers.languages, id, &spec::Language::id) !=
               answers.languages.end();
    };
    answers.names_source = std::ranges::any_of(tokenizer.prefix_ids, is_language) ||
                           std::ranges::any_of(tokenizer.suffix_ids, is_language);
    if (answers.languages.empty()) answers.target = spec::TargetPlace::none;
    return answers;
}

void read_pair(spec::AnswerSpec& answers, const std::string& folder) {
    constexpr std::uint64_t kMaxConfig = 64U << 20;
    const std::string path = folder + "/tokenizer_config.json";
    const std::optional<std::string> text = base::read_optional_file(path, kMaxConfig);
    if (!text) return;
    const nlohmann::json config = base::parse_json(*text, path);
    const auto code = [&](const char* key) {
        const bool found = config.is_object() && config.contains(key) && config[key].is_string();
        return found ? config[key].get<std::string>() : std::string();
    };
    answers.source_code = code("source_lang");
    answers.target_code = code("target_lang");
}

}  // namespace quire::pack

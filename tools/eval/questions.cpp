// Reading the questions of a multiple-choice file.
#include <algorithm>
#include <array>

#include "apps/common/input.h"
#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "tools/eval/choices.h"

namespace quire::eval {

namespace {

using nlohmann::json;

constexpr std::array kPrompts{"prompt", "question", "context", "ctx", "query"};
constexpr std::array kChoices{"choices", "endings", "options"};
constexpr std::array kAnswers{"answer", "label", "gold", "correct", "answerKey"};

template <std::size_t N>
const json& field(const json& line, const std::array<const char*, N>& names,
                  const std::string& where) {
    for (const char* name : names) {
        const auto found = line.find(name);
        if (found != line.end() && !found->is_null()) return *found;
    }
    throw Error(ErrorCode::input, where,
                std::string("expected a field \"") + names[0] + "\", found none");
}

std::vector<std::string> texts(const json& value, const std::string& what,
                               const std::string& where) {
    std::vector<std::string> out;
    const bool all =
        value.is_array() && std::ranges::all_of(value, [](const json& v) { return v.is_string(); });
    if (!all) throw Error(ErrorCode::input, where, "expected " + what + " as a list of texts");
    for (const json& v : value) out.push_back(v.get<std::string>());
    return out;
}

// The index of the right choice; nothing when the line gives it in none of the known ways.
std::optional<std::size_t> find_answer(const json& answer, const std::vector<std::string>& choices,
                                       const std::vector<std::string>& labels) {
    if (answer.is_number_unsigned()) return answer.get<std::size_t>();
    if (!answer.is_string()) return std::nullopt;
    const auto text = answer.get<std::string>();
    for (const auto* list : {&labels, &choices}) {
        const auto found = std::ranges::find(*list, text);
        if (found != list->end()) return static_cast<std::size_t>(found - list->begin());
    }
    if (text.size() != 1) return std::nullopt;
    if (text[0] >= '0' && text[0] <= '9') return static_cast<std::size_t>(text[0] - '0');
    if (text[0] >= 'A' && text[0] <= 'Z') return static_cast<std::size_t>(text[0] - 'A');
    return std::nullopt;
}

Question read_question(const std::string& text, const std::string& where) {
    const json line = base::parse_json(text, where, ErrorCode::input);
    if (!line.is_object()) throw Error(ErrorCode::input, where, "expected one JSON object");
    Question out;
    const json& prompt = field(line, kPrompts, where);
    if (!prompt.is_string()) throw Error(ErrorCode::input, where, "expected the prompt as text");
    out.prompt = prompt.get<std::string>();
    const json& choices = field(line, kChoices, where);
    std::vector<std::string> labels;
    if (choices.is_object() && choices.contains("text")) {
        out.choices = texts(choices.at("text"), "the choices", where);
        if (choices.contains("label")) labels = texts(choices.at("label"), "the labels", where);
    } else {
        out.choices = texts(choices, "the choices", where);
    }
    if (out.choices.size() < 2) {
        throw Error(ErrorCode::input, where,
                    "expected at least 2 choices, found " + std::to_string(out.choices.size()));
    }
    const json& answer = field(line, kAnswers, where);
    const auto index = find_answer(answer, out.choices, labels);
    if (!index || *index >= out.choices.size()) {
        throw Error(ErrorCode::input, where,
                    "expected the answer to name one of " + std::to_string(out.choices.size()) +
                        " choices, found " + base::json_excerpt(answer));
    }
    out.answer = *index;
    return out;
}

}  // namespace

std::vector<Question> read_questions(const std::string& path) {
    const std::string text = common::read_input(path);
    std::vector<Question> out;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        begin = end + 1;
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        out.push_back(read_question(line, path + ": line " + std::to_string(number)));
    }
    if (out.empty()) throw Error(ErrorCode::input, path, "expected questions, found none");
    return out;
}

}  // namespace quire::eval

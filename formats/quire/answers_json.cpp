#include "formats/quire/answers_json.h"

#include <array>
#include <cmath>

#include "lib/base/enum_names.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_object.h"
#include "lib/base/json/json_text.h"

namespace quire::formats {

namespace {

using Json = nlohmann::ordered_json;
using Object = base::JsonObject<Json>;

constexpr std::array<std::string_view, 3> kEarlyStops{"likely", "first", "never"};
constexpr std::array<std::string_view, 4> kTargets{"none", "source_begin", "first", "start"};
const base::EnumNames<spec::EarlyStop> kEarlyStopNames(kEarlyStops);
const base::EnumNames<spec::TargetPlace> kTargetNames(kTargets);

constexpr std::uint64_t kMaxTokens = 1U << 28;

Json nullable(const std::optional<std::uint32_t>& id) {
    return id ? Json(*id) : Json(nullptr);
}

// Reads the fields of one object, whose ids are below vocab_size.
class Reader {
  public:
    Reader(const Json& json, std::uint32_t vocab_size, const std::string& where)
        : fields_(json, where), vocab_size_(vocab_size) {}

    Object& fields() { return fields_; }
    std::uint32_t count(const char* key, std::uint64_t low, std::uint64_t high) {
        return static_cast<std::uint32_t>(fields_.integer(key, low, high));
    }
    std::uint32_t id(const char* key) { return count(key, 0, vocab_size_ - 1); }
    std::optional<std::uint32_t> id_or_null(const char* key) {
        if (!fields_.get_nullable<std::uint32_t>(key)) return std::nullopt;
        return id(key);
    }
    std::vector<std::uint32_t> ids(const char* key, const Json& list) {
        std::vector<std::uint32_t> out;
        const bool is_list = list.is_array() && !list.empty();
        for (const Json& id : is_list ? list : Json::array()) {
            if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= vocab_size_) break;
            out.push_back(id.get<std::uint32_t>());
        }
        if (!is_list || out.size() != list.size()) {
            fields_.wrong(key, "lists of ids of the vocabulary", &list);
        }
        return out;
    }

  private:
    Object fields_;
    std::uint32_t vocab_size_;
};

}  // namespace

std::string answers_to_json(const spec::AnswerSpec& answers) {
    Json languages = Json::array();
    for (const spec::Language& language : answers.languages) {
        languages.push_back({{"code", language.code}, {"id", language.id}});
    }
    const Json json{{"start", answers.start},
                    {"forced_first", nullable(answers.forced_first)},
                    {"forced_last", nullable(answers.forced_last)},
                    {"max_length", answers.max_length},
                    {"min_length", answers.min_length},
                    {"n_beams", answers.n_beams},
                    {"early_stop", kEarlyStopNames.name(answers.early_stop)},
                    {"length_penalty", answers.length_penalty},
                    {"no_repeat_ngram", answers.no_repeat_ngram},
                    {"renormalize", answers.renormalize},
                    {"bad_words", answers.bad_words},
                    {"target", kTargetNames.name(answers.target)},
                    {"names_source", answers.names_source},
                    {"languages", languages},
                    {"source_code", answers.source_code},
                    {"target_code", answers.target_code}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

spec::AnswerSpec answers_from_json(std::string_view text, std::uint32_t vocab_size,
                                   const std::string& where) {
    const Json json = base::parse_ordered_json(text, where);
    Reader reader(json, vocab_size, where);
    Object& fields = reader.fields();
    spec::AnswerSpec answers;
    answers.start = reader.id("start");
    answers.forced_first = reader.id_or_null("forced_first");
    answers.forced_last = reader.id_or_null("forced_last");
    answers.max_length = reader.count("max_length", 0, kMaxTokens);
    answers.min_length = reader.count("min_length", 0, kMaxTokens);
    answers.n_beams = reader.count("n_beams", 1, spec::kMaxBeams);
    answers.early_stop = fields.get("early_stop", kEarlyStopNames);
    answers.length_penalty = static_cast<float>(fields.get<double>("length_penalty"));
    if (!std::isfinite(answers.length_penalty) || std::abs(answers.length_penalty) > 100.0F) {
        fields.wrong("length_penalty", "a number from -100 to 100");
    }
    answers.no_repeat_ngram = reader.count("no_repeat_ngram", 0, kMaxTokens);
    answers.renormalize = fields.get<bool>("renormalize");
    for (const Json& word : fields.list("bad_words")) {
        answers.bad_words.push_back(reader.ids("bad_words", word));
    }
    answers.target = fields.get("target", kTargetNames);
    answers.names_source = fields.get<bool>("names_source");
    for (const Json& entry : fields.list("languages")) {
        Reader language(entry, vocab_size, where + ": languages");
        answers.languages.push_back(
            {language.fields().get<std::string>("code"), language.id("id")});
        language.fields().done();
    }
    answers.source_code = fields.get<std::string>("source_code");
    answers.target_code = fields.get<std::string>("target_code");
    fields.done();
    return answers;
}

}  // namespace quire::formats

#include "formats/quire/prompts_json.h"

#include "lib/base/json/json.h"
#include "lib/base/json/json_object.h"
#include "lib/base/json/json_text.h"

namespace quire::formats {

namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string prompts_to_json(const spec::TextPrompts& prompts) {
    Json json{{"default", prompts.default_name}, {"prompts", Json::array()}};
    for (const auto& [name, text] : prompts.texts) {
        json["prompts"].push_back({{"name", name}, {"text", text}});
    }
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

spec::TextPrompts prompts_from_json(std::string_view text, const std::string& where) {
    const Json json = base::parse_ordered_json(text, where);
    base::JsonObject<Json> fields(json, where);
    spec::TextPrompts prompts;
    prompts.default_name = fields.get<std::string>("default");
    for (const Json& entry : fields.list("prompts")) {
        base::JsonObject<Json> prompt(
            entry, where + ": prompts[" + std::to_string(prompts.texts.size()) + "]");
        const auto name = prompt.get<std::string>("name");
        if (prompts.find(name) != nullptr) prompt.wrong("name", "another than those before");
        prompts.texts.emplace_back(name, prompt.get<std::string>("text"));
        prompt.done();
    }
    fields.done();
    const bool found = prompts.find(prompts.default_name) != nullptr;
    if (!prompts.default_name.empty() && !found) fields.wrong("default", "the name of a prompt");
    return prompts;
}

spec::TextPrompts text_prompts(const QuireFile& file) {
    if (!file.has_section(quire_file::section::kPrompts)) return {};
    return prompts_from_json(base::as_text(file.section(quire_file::section::kPrompts)),
                             file.where(quire_file::section::kPrompts));
}

}  // namespace quire::formats

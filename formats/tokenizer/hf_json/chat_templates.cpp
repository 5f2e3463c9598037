#include "formats/tokenizer/hf_json/chat_templates.h"

#include <filesystem>
#include <map>
#include <optional>

#include "formats/tokenizer/hf_json/json_node.h"
#include "formats/tokenizer/hf_json/limits.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

namespace quire::formats {

namespace {

namespace fs = std::filesystem;
using Templates = std::map<std::string, std::string>;

Templates of_config(const fs::path& path) {
    Templates found;
    const auto text = base::read_optional_file(path.string(), kMaxSettingsBytes);
    if (!text) return found;
    const nlohmann::json document = base::parse_json(*text, path.string());
    const JsonNode config(document, path.string());
    const std::optional<JsonNode> node = config.find("chat_template");
    if (!node) return found;
    if (!node->json().is_array()) {
        found["default"] = node->text();
        return found;
    }
    for (std::size_t i = 0; i < node->size(); ++i) {
        const JsonNode each = node->item(i);
        found[std::string(each.at("name").text())] = each.at("template").text();
    }
    return found;
}

void add_folder(Templates& found, const fs::path& folder) {
    if (!base::file_exists(folder.string())) return;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".jinja") {
            found[entry.path().stem().string()] =
                base::read_text_file(entry.path().string(), kMaxSettingsBytes);
        }
    }
    if (error) throw Error(ErrorCode::model, folder.string(), error.message());
}

}  // namespace

chat::TemplateSources read_chat_templates(const std::string& folder) {
    const fs::path here(folder);
    Templates found = of_config(here / "chat_template.json");
    found.merge(of_config(here / "tokenizer_config.json"));  // keeps what is there
    add_folder(found, here / "additional_chat_templates");
    const std::string file = (here / "chat_template.jinja").string();
    if (auto text = base::read_optional_file(file, kMaxSettingsBytes))
        found["default"] = std::move(*text);
    chat::TemplateSources sources;
    for (auto& [name, source] : found) {
        if (name == "default") {
            sources.standard = std::move(source);
        } else if (name == "tool_use") {
            sources.tool_use = std::move(source);
        } else {
            sources.others.push_back(name);
        }
    }
    return sources;
}

}  // namespace quire::formats

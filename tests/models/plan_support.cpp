// Plans as text, and folders with another configuration.
#include <filesystem>

#include "formats/quire/answers_json.h"
#include "formats/quire/spec_json.h"
#include "tests/models/support.h"

namespace quire::tests {

namespace {

namespace fs = std::filesystem;

std::string text_of(const models::Plan& plan) {
    std::string text = formats::spec_to_json(plan.spec);
    if (plan.answers) text += formats::answers_to_json(*plan.answers);
    for (const models::PlannedTensor& tensor : plan.tensors) {
        text += "\n" + tensor.name;
        if (tensor.source != nullptr) {
            text += " " + tensor.source->name + " " + std::to_string(tensor.slice.first) + " " +
                    std::to_string(tensor.slice.run) + " " + std::to_string(tensor.slice.stride);
            for (const models::RowPart& part : tensor.parts) {
                text += " " + std::to_string(part.rows) + " " + std::to_string(part.slice.first);
            }
            if (tensor.times != 1.0F) text += " " + std::to_string(tensor.times);
        }
        for (const float value : tensor.values) text += " " + std::to_string(value);
    }
    return text;
}

}  // namespace

std::string families(const std::string& name) {
    return std::string(QUIRE_SOURCE_DIR) + "/tests/golden/families/" + name;
}

models::Plan plan(const std::string& path) {
    return models::make_plan(models::open_source(path));
}

std::string plan_text(const std::string& path, std::uint32_t context) {
    // The plan points into the source.
    const models::Source source = models::open_source(path);
    return text_of(models::make_plan(source, {context}));
}

std::string plan_text(const TempDir& dir, const GgufDraft& draft) {
    return plan_text(dir.write("draft.gguf", draft.bytes()));
}

spec::ModelSpec spec_of(const TempDir& dir, const GgufDraft& draft) {
    return models::make_plan(models::open_source(dir.write("draft.gguf", draft.bytes()))).spec;
}

nlohmann::json family_config(const std::string& family) {
    return nlohmann::json::parse(read_file(families(family + "/config.json")));
}

std::string family_folder(const TempDir& dir, const std::string& family,
                          const nlohmann::json& config) {
    const fs::path folder = dir.path(family);
    fs::remove_all(folder);
    fs::create_directories(folder);
    fs::create_symlink(families(family + "/model.safetensors"), folder / "model.safetensors");
    fs::create_symlink(families("tokenizer.json"), folder / "tokenizer.json");
    dir.write(family + "/config.json", config.dump());
    return folder.string();
}

}  // namespace quire::tests

// --draft: a second model that guesses tokens (lib/generate/reuse/draft.h).
#pragma once

#include <memory>
#include <string>

#include "formats/quire/reader.h"
#include "lib/generate/engine_params.h"
#include "lib/model/forward.h"

namespace CLI {
class App;
}

namespace quire::common {

// After add_lookup().
void add_draft(CLI::App& app, std::string& name);

struct DraftModel {
    formats::QuireFile file;
    model::Model model;
};

// Opens the model of this name beside `file`, and lets it guess; null for an empty name. Error{usage}
// naming the option if it has another vocabulary or predicts no tokens, or if `model` cannot take tokens
// back; otherwise as open_model_file(). The result must outlive the engine.
std::unique_ptr<DraftModel> open_draft(const std::string& name, const formats::QuireFile& file,
                                       const model::Model& model, generate::EngineParams& params);

}  // namespace quire::common

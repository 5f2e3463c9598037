#include "apps/common/reuse/draft.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/common/load.h"
#include "apps/common/open_model.h"
#include "lib/base/error.h"
#include "lib/generate/reuse/guess_length.h"

namespace quire::common {

namespace {

constexpr const char* kOption = "--draft";

// The ids stand for the same texts. How a text is cut into tokens makes no difference here.
bool same_vocabulary(const formats::QuireFile& a, const formats::QuireFile& b) {
    constexpr std::string_view kPieces = "tokenizer.pieces";
    return std::ranges::equal(a.required_section(kPieces), b.required_section(kPieces));
}

}  // namespace

void add_draft(CLI::App& app, std::string& name) {
    app.add_option(kOption, name,
                   "Guess tokens with a second, faster model of the same vocabulary, such as one "
                   "of pack --ngram, and check several in a pass; changes speed, never the text")
        ->type_name("MODEL")
        ->excludes(app.get_option("--lookup"));
}

std::unique_ptr<DraftModel> open_draft(const std::string& name, const formats::QuireFile& file,
                                       const model::Model& model, generate::EngineParams& params) {
    if (name.empty()) return nullptr;
    if (model.kv_layout.state_bytes > 0) {
        throw Error(ErrorCode::usage, kOption,
                    "expected beside a model without recurrent layers, whose state cannot take "
                    "tokens back");
    }
    formats::QuireFile found = open_model_file(name);
    if (!same_vocabulary(file, found)) {
        throw Error(ErrorCode::usage, kOption,
                    "expected a model with the vocabulary of " + file.path() + ", found " +
                        found.path() + " with another");
    }
    found.expect_all_weights();
    model::Model loaded = load_model(found, *model.kernels, kernels::KvType::f16);
    if (!predicts_tokens(loaded)) {
        throw Error(ErrorCode::usage, kOption,
                    "expected a model that predicts the next token, found " + found.path());
    }
    auto draft = std::make_unique<DraftModel>(DraftModel{std::move(found), std::move(loaded)});
    params.max_guesses = generate::kMostGuesses;
    params.draft = &draft->model;
    return draft;
}

}  // namespace quire::common

#include "apps/common/open_model.h"

#include "apps/common/found_file.h"
#include "apps/common/models/find_model.h"
#include "lib/base/error.h"

namespace quire::common {

namespace {

// How to get a .quire file from the file that was found.
std::string advice(Found found) {
    switch (found) {
        case Found::safetensors:
        case Found::json:
            return "; pack FOLDER -o NAME.quire makes one of a checkpoint's whole folder";
        case Found::url:
        case Found::hub:
            return "; quire pull fetches it";
        default:
            return "; pack makes one of a .gguf file or a checkpoint's folder";
    }
}

}  // namespace

formats::QuireFile open_model_file(const std::string& given) {
    const std::string path = find_model(given);
    const Found found = look_at(path);
    const bool speaks_for_itself =
        found == Found::quire || found == Found::missing || found == Found::other;
    if (!speaks_for_itself) {
        throw Error(ErrorCode::model, path,
                    "expected a .quire file, found " + describe(found) + advice(found));
    }
    return formats::QuireFile::open(path);
}

model::Model load_model(const formats::QuireFile& file, const kernels::KernelTable& kernels,
                        kernels::KvType kv_type) {
    spec::ModelSpec spec = file.spec();
    constexpr std::string_view kTables = formats::quire_file::section::kNgram;
    if (spec.ngram_order > 0) {
        if (kv_type != kernels::KvType::f16) {
            throw Error(ErrorCode::usage, "--kv-type",
                        "expected none with a model of counted n-grams, which has no keys and "
                        "values");
        }
        const model::Ngram tables(spec, file.required_section(kTables), file.where(kTables));
        return model::Model(std::move(spec), tables, kernels);
    }
    return model::Model(std::move(spec), file.tensors(), kernels, file.path(), kv_type);
}

tokenizer::Tokenizer load_tokenizer(const formats::QuireFile& file) {
    return tokenizer::Tokenizer(
        [&file](std::string_view name) { return file.required_section(name); });
}

bool predicts_tokens(const model::Model& model) noexcept {
    return model.spec.output != spec::OutputKind::none && model.spec.causal &&
           model.encoder == nullptr;
}

}  // namespace quire::common

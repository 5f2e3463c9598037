#include "tools/eval/open_model.h"

#include <spdlog/spdlog.h>

#include "apps/common/command.h"
#include "apps/common/open_model.h"
#include "lib/base/error.h"

namespace quire::eval {

namespace {

formats::QuireFile open_verified(const std::string& path, const Common& common) {
    formats::QuireFile file = common::open_model_file(path);
    common::Load load = common.load;
    common::load_weights(file, load, common.n_threads);
    common::verify_weights(file, common.n_threads);
    if (common.verbose) spdlog::info("{}: {}", path, common::describe(load, file));
    return file;
}

}  // namespace

OpenModel::OpenModel(const std::string& path, const Common& common, kernels::KvType kv_type)
    : file(open_verified(path, common)),
      model(common::load_model(file, common::choose_isa(common.isa), kv_type)),
      tokenizer(common::load_tokenizer(file)) {}

void check_predicts(const OpenModel& model) {
    if (common::predicts_tokens(model.model)) return;
    const bool reads_source = model.model.encoder != nullptr;
    throw Error(ErrorCode::usage, model.file.path(),
                std::string("expected a model that predicts the next token, found ") +
                    (reads_source ? "an encoder with a decoder"
                                  : "an encoder; eval compare judges its vectors"));
}

}  // namespace quire::eval

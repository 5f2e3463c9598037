#include "tools/eval/open_model.h"

#include "apps/common/command.h"
#include "apps/common/open_model.h"
#include "lib/base/error.h"

namespace quire::eval {

namespace {

formats::QuireFile open_verified(const std::string& path, int n_threads) {
    formats::QuireFile file = common::open_model(path);
    file.verify_weights(n_threads);
    return file;
}

}  // namespace

OpenModel::OpenModel(const std::string& path, const Common& common, kernels::KvType kv_type)
    : file(open_verified(path, common.n_threads)),
      model(file.spec(), file.tensors(), common::choose_isa(common.isa), path, kv_type),
      tokenizer([this](std::string_view name) { return file.required_section(name); }) {}

bool foresees(const model::Model& model) noexcept {
    return model.spec.output != spec::OutputKind::none && model.spec.causal;
}

void check_foresees(const OpenModel& model) {
    if (foresees(model.model)) return;
    throw Error(ErrorCode::usage, model.file.path(),
                "expected a model that foresees the next token, found an encoder; eval compare "
                "judges its vectors");
}

}  // namespace quire::eval

#include "tools/eval/open_model.h"

#include <fstream>
#include <iterator>

#include "lib/base/error.h"
#include "lib/kernels/dispatch.h"

namespace quire::eval {

namespace {

formats::QuireFile open_verified(const std::string& path, int n_threads) {
    formats::QuireFile file = formats::QuireFile::open(path);
    file.verify_weights(n_threads);
    return file;
}

}  // namespace

OpenModel::OpenModel(const std::string& path, const Common& common, kernels::KvType kv_type)
    : file(open_verified(path, common.n_threads)),
      model(file.spec(), file.tensors(), kernels::choose(common.isa), path, kv_type),
      tokenizer([this](std::string_view name) { return file.required_section(name); }) {}

std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw system_error(ErrorCode::input, path, "cannot open");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) throw system_error(ErrorCode::input, path, "cannot read");
    return text;
}

}  // namespace quire::eval

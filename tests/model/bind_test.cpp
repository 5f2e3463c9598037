#include "lib/model/bind.h"

#include "tests/support.h"

using namespace quire;
using namespace quire::test;

TEST_CASE("bind: a missing, an extra and a misshapen tensor are each refused by name") {
    const TempDir dir;
    const auto file = formats::QuireFile::open(pack_tiny(dir));
    const auto spec = file.spec();
    const auto error = [&](const tensor::TensorMap& tensors) {
        return error_of(ErrorCode::model, [&] { model::bind_weights(spec, tensors, "here"); });
    };
    auto missing = file.tensors();
    missing.erase("layers.1.up");
    CHECK(error(missing).find("expected a tensor layers.1.up, found none") != std::string::npos);

    auto extra = file.tensors();
    extra.emplace("layers.2.up", extra.at("layers.1.up"));
    CHECK(error(extra).find("expected no tensor layers.2.up, found one") != std::string::npos);

    auto shape = file.tensors();
    std::swap(shape.at("layers.0.up"), shape.at("layers.0.down"));
    CHECK(error(shape).find("layers.0.") != std::string::npos);
    CHECK(error(shape).find("expected shape (") != std::string::npos);

    auto kind = file.tensors();
    kind.at("output_norm").is_matrix = true;
    CHECK(error(kind).find("output_norm") != std::string::npos);

    auto cut = file.tensors();
    cut.at("embed").data = cut.at("embed").data.first(64);
    CHECK(error(cut).find("embed") != std::string::npos);
}

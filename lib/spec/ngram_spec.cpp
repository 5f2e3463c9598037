#include "lib/spec/ngram_spec.h"

#include "lib/base/error.h"
#include "lib/spec/limits.h"

namespace quire::spec {

namespace {

void check_range(std::uint32_t value, std::uint32_t most, const char* field,
                 const std::string& where) {
    if (value >= 1 && value <= most) return;
    throw Error(ErrorCode::model, where,
                std::string(field) + ": expected 1 to " + std::to_string(most) + ", found " +
                    std::to_string(value));
}

}  // namespace

void check_ngram(const ModelSpec& spec, const std::string& where) {
    check_range(spec.ngram_order, kMaxNgramOrder, "ngram_order", where);
    check_range(spec.vocab_size, 1U << 24, "vocab_size", where);
    check_range(spec.context_length, 1U << 28, "context_length", where);
    ModelSpec plain;
    plain.ngram_order = spec.ngram_order;
    plain.vocab_size = spec.vocab_size;
    plain.context_length = spec.context_length;
    if (spec == plain) return;
    throw Error(ErrorCode::model, where,
                "ngram_order: expected 0 beside fields that describe a network");
}

}  // namespace quire::spec

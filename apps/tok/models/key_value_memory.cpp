#include "apps/tok/models/key_value_memory.h"

#include "lib/base/error.h"

namespace quire::tok {

namespace {

spec::ModelSpec spec_of(const formats::QuireFile& file) {
    spec::ModelSpec spec = file.spec();
    if (spec.causal && spec.ngram_order == 0) return spec;
    throw Error(ErrorCode::usage, "--memory",
                "expected a model that keeps keys and values, found " +
                    std::string(spec.causal ? "counted n-grams in " : "the encoder ") +
                    file.path());
}

}  // namespace

KeyValueMemory::KeyValueMemory(const formats::QuireFile& file, kernels::KvType type)
    : layout_(spec_of(file), type) {}

std::uint64_t KeyValueMemory::bytes(std::uint64_t n_tokens) const noexcept {
    const std::uint64_t n_pages =
        (n_tokens + kernels::kSpanPositions - 1) / kernels::kSpanPositions;
    return n_pages * layout_.page_bytes + layout_.state_bytes;
}

std::vector<std::optional<KeyValueMemory>> memory_of(const Models& models, kernels::KvType type) {
    std::vector<std::optional<KeyValueMemory>> memory;
    bool any = false;
    for (const auto& model : models) {
        std::optional<KeyValueMemory>& one = memory.emplace_back();
        if (model->quire_file() == nullptr) continue;
        one.emplace(*model->quire_file(), type);
        any = true;
    }
    if (any) return memory;
    throw Error(ErrorCode::usage, "--memory",
                "expected a .quire file, found the tokenizer " + models.front()->name() + " alone");
}

}  // namespace quire::tok

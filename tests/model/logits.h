// Runs a model over tokens. How it is run must not change the logits.
#pragma once

#include <vector>

#include "lib/kernels/dispatch.h"
#include "lib/model/source.h"
#include "tests/kernels/same_bits.h"
#include "tests/support.h"

namespace quire::test {

struct Way {
    std::string_view isa = "";
    int n_threads = 1;
    std::size_t chunk = 512;
    model::RowSplit* split = nullptr;
    kernels::KvType kv_type = kernels::KvType::f16;
};

// Logits after every token: (n_tokens, vocab_size). `source` is what a model with an encoder reads.
inline std::vector<float> logits_of(const formats::QuireFile& file,
                                    std::span<const std::uint32_t> tokens, const Way& way,
                                    std::span<const std::uint32_t> source = {}) {
    const model::Model model(file.spec(), file.tensors(), kernels::choose(way.isa), file.path(),
                             way.kv_type);
    const std::size_t chunk = std::min(way.chunk, tokens.size());
    model::Workspace workspace(model.spec, chunk, way.n_threads);
    model::KvCache cache(model.kv_layout);
    model::KvCache source_cache(model.kv_layout);
    const model::PassControl control{.n_threads = way.n_threads, .split = way.split};
    if (model.encoder != nullptr) {
        model::SourceWorkspace source_work(model, source.size(), way.n_threads);
        model::read_source(model, source_work, source, source_cache, control);
    }
    const std::size_t stride = model::logits_stride(model.spec);
    model::Buffer<float> logits(chunk * stride);
    std::vector<float> out;
    for (std::size_t i = 0; i < tokens.size(); i += chunk) {
        const auto part = tokens.subspan(i, std::min(chunk, tokens.size() - i));
        const std::array<model::SequenceInput, 1> input{
            {{&cache,
              part,
              part.size(),
              0,
              {},
              model.encoder != nullptr ? &source_cache : nullptr}}};
        model::forward(model, workspace, input, logits.data(), control);
        for (std::size_t t = 0; t < part.size(); ++t) {
            out.insert(out.end(), logits.at(t * stride),
                       logits.at(t * stride) + model.spec.vocab_size);
        }
    }
    return out;
}

}  // namespace quire::test

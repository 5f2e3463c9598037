// Repeats the self-test of .quire files from their token ids on: the hash of the logits must be the
// one that another machine wrote into the file. `inspect --selftest` does the whole, tokenizer
// included; this needs no library but the headers that every machine has.
//   selftest_tokens ISA FILE...
#include <cstdio>

#include "formats/quire/reader.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/kernels/dispatch.h"
#include "lib/model/forward.h"

namespace {

using namespace quire;

std::uint64_t logits_hash(const model::Model& model, std::span<const std::uint32_t> tokens) {
    constexpr int kThreads = 2;
    model::Workspace work(model.spec, tokens.size(), kThreads);
    model::KvCache cache(model.kv_layout);
    const std::size_t stride = model::logits_stride(model.spec);
    model::Buffer<float> logits(tokens.size() * stride);
    const model::SequenceInput input{&cache, tokens, tokens.size()};
    model::forward(model, work, {&input, 1}, logits.data(), {.n_threads = kThreads});
    base::Hasher hasher;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        hasher.update(std::as_bytes(std::span(logits.at(i * stride), model.spec.vocab_size)));
    }
    return hasher.digest();
}

void check(const char* isa, const char* path) {
    const formats::QuireFile file = formats::QuireFile::open(path);
    const model::Model model(file.spec(), file.tensors(), kernels::choose(isa), path);
    const formats::SelfTest test = file.selftest();
    if (test.arithmetic != model::kArithmetic || test.cases.empty()) {
        throw Error(ErrorCode::model, path, "expected a self-test of this arithmetic");
    }
    for (const auto& one : test.cases) {
        const std::uint64_t found = logits_hash(model, one.tokens);
        if (found == one.logits_hash) continue;
        throw Error(
            ErrorCode::model, path,
            "expected logits " + base::hex(one.logits_hash) + ", found " + base::hex(found));
    }
    std::printf("%s: %zu prompts match bit for bit (%s)\n", path, test.cases.size(), isa);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        for (int i = 2; i < argc; ++i) check(argv[1], argv[i]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return argc > 2 ? 0 : 2;
}

// libFuzzer's entry points. QUIRE_FUZZ_TARGET in the environment names the target.
#include <cstdint>
#include <cstdlib>
#include <random>

#include "tests/fuzz/common.h"
#include "tests/fuzz/json_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

const quire::fuzz::Target& chosen() {
    static const quire::fuzz::Target* const target = [] {
        const char* name = std::getenv("QUIRE_FUZZ_TARGET");
        const auto* found = quire::fuzz::find_target(name == nullptr ? "" : name);
        quire::fuzz::expect(found != nullptr, "QUIRE_FUZZ_TARGET names no target");
        return found;
    }();
    return *target;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen().run({reinterpret_cast<const char*>(data), size});
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
    std::minstd_rand random(seed);
    if (!chosen().is_json || random() % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
    const std::string changed =
        quire::fuzz::mutate_json({reinterpret_cast<const char*>(data), size}, max_size, random);
    std::copy(changed.begin(), changed.end(), data);
    return changed.size();
}

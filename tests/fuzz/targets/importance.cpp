// A file of eval importance.
#include "formats/importance/importance.h"

#include "tests/fuzz/common.h"

namespace quire::fuzz {

void run_importance(std::string_view input) {
    const std::string path = folder().write("x.importance", input);
    refuses([&] {
        const formats::Importance importance(path);
        for (const char* name : {"layers.0.q", "layers.0.k", "output", "embed"}) {
            const std::string owner = importance.owner(name);
            if (owner.empty()) continue;
            for (const std::uint64_t n : {1U, 2U, 8U}) {
                refuses([&] { importance.squares(owner, n); });
                refuses([&] { importance.products(owner, n); });
            }
        }
    });
}

}  // namespace quire::fuzz

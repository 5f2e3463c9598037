#include "lib/base/cpu.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace quire;

TEST_CASE("cpu: portable runs everywhere, and each x86 set includes the slower ones") {
    CHECK(base::cpu_supports(base::Isa::portable));
    for (const auto& [fast, slow] : {std::pair{base::Isa::amx, base::Isa::avx512vnni},
                                     std::pair{base::Isa::avx512vnni, base::Isa::avx512},
                                     std::pair{base::Isa::avx512, base::Isa::avx2},
                                     std::pair{base::Isa::avxvnni, base::Isa::avx2}}) {
        CHECK((!base::cpu_supports(fast) || base::cpu_supports(slow)));
    }
}

TEST_CASE("cpu: the built instruction sets are visited fastest first, portable last") {
    std::vector<base::Isa> visited;
    base::for_each_built_isa([&]<base::Isa isa>() { visited.push_back(isa); });
    CHECK(visited.back() == base::Isa::portable);
    for (std::size_t i = 1; i < visited.size(); ++i) CHECK(visited[i - 1] < visited[i]);
}

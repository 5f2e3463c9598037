// The buckets of attention's bias by distance, against transformers.

#include <doctest/doctest.h>

#include <array>

#include "models/draft/position_bias.h"

using namespace quire;

namespace {

// transformers 5.24, T5Attention._relative_position_bucket with 32 buckets and a max_distance of 128: the
// ends of each bucket, and of -140 to 140.
struct Case {
    std::int64_t distance;
    std::uint32_t two_way;
    std::uint32_t causal;
};
constexpr std::array kCases{
    Case{-140, 15, 31}, Case{-113, 15, 31}, Case{-112, 15, 30}, Case{-99, 15, 30},
    Case{-98, 15, 29},  Case{-91, 15, 29},  Case{-90, 14, 29},  Case{-87, 14, 29},
    Case{-86, 14, 28},  Case{-77, 14, 28},  Case{-76, 14, 27},  Case{-67, 14, 27},
    Case{-66, 14, 26},  Case{-64, 14, 26},  Case{-63, 13, 26},  Case{-59, 13, 26},
    Case{-58, 13, 25},  Case{-52, 13, 25},  Case{-51, 13, 24},  Case{-46, 13, 24},
    Case{-45, 12, 23},  Case{-40, 12, 23},  Case{-39, 12, 22},  Case{-35, 12, 22},
    Case{-34, 12, 21},  Case{-32, 12, 21},  Case{-31, 11, 21},  Case{-30, 11, 20},
    Case{-27, 11, 20},  Case{-26, 11, 19},  Case{-24, 11, 19},  Case{-23, 11, 18},
    Case{-22, 10, 18},  Case{-21, 10, 18},  Case{-20, 10, 17},  Case{-19, 10, 17},
    Case{-18, 10, 16},  Case{-16, 10, 16},  Case{-15, 9, 15},   Case{-14, 9, 14},
    Case{-13, 9, 13},   Case{-12, 9, 12},   Case{-11, 8, 11},   Case{-10, 8, 10},
    Case{-9, 8, 9},     Case{-8, 8, 8},     Case{-7, 7, 7},     Case{-6, 6, 6},
    Case{-5, 5, 5},     Case{-4, 4, 4},     Case{-3, 3, 3},     Case{-2, 2, 2},
    Case{-1, 1, 1},     Case{0, 0, 0},      Case{1, 17, 0},     Case{2, 18, 0},
    Case{3, 19, 0},     Case{4, 20, 0},     Case{5, 21, 0},     Case{6, 22, 0},
    Case{7, 23, 0},     Case{8, 24, 0},     Case{11, 24, 0},    Case{12, 25, 0},
    Case{15, 25, 0},    Case{16, 26, 0},    Case{22, 26, 0},    Case{23, 27, 0},
    Case{31, 27, 0},    Case{32, 28, 0},    Case{45, 28, 0},    Case{46, 29, 0},
    Case{63, 29, 0},    Case{64, 30, 0},    Case{90, 30, 0},    Case{91, 31, 0},
    Case{140, 31, 0}};

}  // namespace

TEST_CASE("position bias: the buckets of transformers") {
    const models::PositionBias two_way{.name = ""};
    const models::PositionBias causal{.name = "", .causal = true};
    for (const Case& one : kCases) {
        CAPTURE(one.distance);
        CHECK(models::bucket_of(two_way, one.distance) == one.two_way);
        CHECK(models::bucket_of(causal, one.distance) == one.causal);
    }
}

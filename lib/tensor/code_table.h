// What the codes of the element types iq4_nl and iq4_xs stand for. In a header of its own because
// sources that are compiled for several instruction sets may include no functions.
// source: kvalues_iq4nl in ggml.
#pragma once

#include <cstdint>

namespace quire::tensor {

inline constexpr std::int8_t kCodeTable[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};

}  // namespace quire::tensor

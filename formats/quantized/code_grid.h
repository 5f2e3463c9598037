// Codes of a few bits packed in 32-bit words: those of weights, addressed by output and input, and zero
// points, addressed by output and group. Within a word the first code is in the lowest bits; where the
// width does not divide 32, codes run across words.
#pragma once

#include <cstdint>
#include <span>

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

// How the words lie, for O outputs and I inputs or groups.
enum class Packing : std::uint8_t {
    inputs,              // (O, words of I codes): compressed-tensors, MLX
    inputs_transposed,   // (words of I codes, O): GPTQ's weights
    outputs,             // (words of O codes, I): zero points of compressed-tensors
    outputs_transposed,  // (I, words of O codes): zero points of GPTQ
    awq,                 // as outputs_transposed, 8 codes to a word in the order 0 2 4 6 1 3 5 7
    signed_bytes,        // (O, I) of I8, which count from -128
};

struct GridShape {
    std::uint64_t outputs;
    std::uint64_t inputs;  // or groups
};

class CodeGrid {
  public:
    // Error{model} naming the tensor unless it is I32 or U32 (I8 for signed_bytes) with the shape that
    // packing, bits (1 to 8) and shape require. add: added to each code, modulo 2^bits.
    CodeGrid(const CodedTensor& tensor, Packing packing, unsigned bits, GridShape shape,
             unsigned add = 0);

    // In [0, 2^bits). output < outputs, input < inputs.
    unsigned at(std::uint64_t output, std::uint64_t input) const noexcept;
    // The codes of an output, faster than one by one. out.size() == inputs.
    void read_row(std::span<std::uint8_t> out, std::uint64_t output) const noexcept;
    const CodedTensor& tensor() const noexcept { return tensor_; }

  private:
    std::uint32_t word(std::uint64_t i) const noexcept;

    CodedTensor tensor_;
    Packing packing_;
    unsigned bits_;
    unsigned add_;
    bool along_inputs_ = false;     // codes of a word belong to neighboring inputs
    std::uint64_t word_step_ = 0;   // words from one word of a run to the next
    std::uint64_t other_step_ = 0;  // words from one run to the next
    std::uint64_t inputs_ = 0;
};

}  // namespace quire::formats

// Statistics of the inputs of a model's matrices over a text (an "imatrix"). `eval importance`
// writes them; `pack --importance` weighs quantization errors with them.
//
// The file is a safetensors file of f32. For a matrix NAME (lib/spec/tensors.h) with n columns:
//
// The file is a safetensors file of f32. For a matrix NAME (lib/spec/tensors.h) with n columns:
//   NAME.squares   (n): mean of x[i]^2 over the tokens
//   NAME.products  (n * (n + 1) / 2): mean of x[i] * x[j], j <= i, row by row; may be absent
// Matrices that share their input name the one that has its tensors in the metadata: key NAME,
// value the other's name. Further metadata: "importance" = "1" (version of this description),
// "model" and "tokens", for people.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/files/output_path.h"

namespace quire::formats {

class SafetensorsFile;

struct InputMoments {
    std::string name;                    // of the first matrix with this input
    std::vector<std::string> shared_by;  // the others
    std::vector<float> squares;          // (n)
    std::vector<float> products;         // (n * (n + 1) / 2), or empty
};

// Error{run} when the file cannot be written.
void write_importance(const base::OutputPath& output, std::span<const InputMoments> inputs,
                      const std::string& model, std::uint64_t n_tokens);

// True when write_importance() wrote the file at `path`. An IsOurs of FileRoles: Error{model} for any
// other file.
bool is_importance(const std::string& path);

class Importance {
  public:
    // Error{model} when the file is none of these.
    explicit Importance(const std::string& path);
    ~Importance();
    Importance(const Importance&) = delete;
    Importance& operator=(const Importance&) = delete;

    // The matrix whose entry speaks for `name`: itself, or the one it shares its input with; empty
    // when the file knows nothing of it.
    std::string owner(std::string_view name) const;
    // Empty when the file has none. Error{model} when there are not n (n * (n + 1) / 2) values, or
    // one is not finite, or a square is negative.
    std::vector<float> squares(const std::string& owner, std::uint64_t n) const;
    std::vector<float> products(const std::string& owner, std::uint64_t n) const;

  private:
    std::vector<float> values(const std::string& name, std::uint64_t n) const;

    std::unique_ptr<SafetensorsFile> file_;
    std::map<std::string, std::string, std::less<>> shared_;
};

}  // namespace quire::formats

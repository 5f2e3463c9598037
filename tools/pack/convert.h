// Converts a checkpoint to a finished .quire file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "formats/quire/tensor_directory.h"
#include "models/source/adapters/adapter.h"
#include "tools/pack/encode.h"

namespace quire::pack {

struct Options {
    std::string source;  // empty: `shape` is not
    std::string output;
    TargetType type = TargetType::keep;
    std::string type_name;
    int n_threads = 1;
    std::uint32_t context = 0;  // context of the file in positions; 0: that of the checkpoint
    std::vector<TypeOverride> overrides = {};
    double bits = 0;                                 // --bits; 0: as `type` says
    std::string importance = {};                     // file of `eval importance`; empty: none
    kernels::KvType kv_type = kernels::KvType::f16;  // of the self-test
    std::vector<models::Adapter> adapters = {};      // added in this order
    std::string name = {};   // of the model, for people; empty: see choose_name()
    bool overwrite = false;  // the output may replace a file that is not a .quire file
    bool no_chat_template = false;
    std::string shape = {};  // of a published model, whose weights are made up; instead of `source`
};

struct Result {
    std::vector<formats::TensorRecord> tensors;
    std::uint64_t file_bytes = 0;
    std::uint64_t model_hash = 0;
    std::size_t n_selftests = 0;
    std::string name;                // of the model
    std::string name_from;           // the origin of the name, for people
    std::vector<std::string> notes;  // lines about what the file does not keep, or keeps larger
};

// The output appears under its name only when everything succeeded, including the check of the
// finished file; otherwise an existing file is unchanged. Error{usage} before the work when the
// output is one of the files that are read, or exists and is not a .quire file. `ready` is called
// with the result before the file gets its name: for steps that may still fail.
Result convert(const Options& options, const std::function<void(const Result&)>& ready = {});

}  // namespace quire::pack

// Finds the tensors of a checkpoint, and reports those that nobody used.
#pragma once

#include <set>
#include <string>

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "models/draft/fill.h"

namespace quire::models {

// The checkpoint's tensors by name. Tracks which ones were used.
class Taker {
  public:
    explicit Taker(Draft& draft) : draft_(draft), source_(draft.config.source()) {}

    // nullptr when there is none. Tries the name with and without the base.
    const formats::SourceTensor* find(const std::string& name) {
        const std::string& base = draft_.names.base;
        for (const std::string& one :
             {name, name.starts_with(base) ? name.substr(base.size()) : ""}) {
            const auto found = source_.tensors.find(one);
            if (found == source_.tensors.end()) continue;
            taken_.insert(one);
            return found->second;
        }
        return nullptr;
    }
    const formats::SourceTensor& take(const std::string& name) {
        const formats::SourceTensor* tensor = find(name);
        if (tensor == nullptr) {
            refuse_unsupported(name);
            fail("tensor " + base::printable(name) + " expected, none found");
        }
        return *tensor;
    }
    void done() const {
        std::vector<std::string> left;
        const auto check = [&](const std::string& name) {
            const auto in_name = [&](const std::string& part) {
                return name.find(part) != std::string::npos;
            };
            if (taken_.contains(name) || source_.zero_biases.contains(name)) return;
            if (std::ranges::none_of(draft_.names.unused, in_name)) left.push_back(name);
        };
        for (const auto& [name, tensor] : source_.tensors) check(name);
        for (const auto& [name, type] : source_.unsupported) check(name);
        if (left.empty()) return;
        refuse_unsupported(left.front());
        fail("tensor " + base::printable(left.front()) +
             " found, which this family does not use (" + std::to_string(left.size()) +
             " such tensors)");
    }
    [[noreturn]] void fail(const std::string& message) const {
        throw Error(ErrorCode::model, source_.path, message);
    }

  private:
    // The tensor exists, but has a type that Quire does not read.
    void refuse_unsupported(const std::string& name) const {
        const std::string& base = draft_.names.base;
        for (const std::string& one :
             {name, name.starts_with(base) ? name.substr(base.size()) : ""}) {
            const auto found = source_.unsupported.find(one);
            if (found == source_.unsupported.end()) continue;
            fail("tensor " + base::printable(one) + " has type " + found->second +
                 ", expected F32, F16 or BF16");
        }
    }

    Draft& draft_;
    const Source& source_;
    std::set<std::string> taken_;
};

}  // namespace quire::models

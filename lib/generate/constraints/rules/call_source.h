// Calls of tools, written as a model's template writes them around the arguments.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/generate/constraints/machine/item.h"

namespace quire::constraints {

// Of every call: begin [before NAME between ARGUMENTS after] (separator [...])* end.
struct CallForm {
    std::string begin;
    std::string before;
    std::string between;
    std::string after;
    std::string separator;
    std::string end;
    bool several = false;
};

// A name, and where its arguments begin.
struct CallKind {
    std::string name;
    Item arguments = kNoItem;
    std::uint64_t shortest = 0;  // bytes of the shortest arguments
};

class CallSource : public Source {
  public:
    // At least one kind. lead: what may come before the first call, such as a thought; kNoItem: nothing.
    CallSource(CallForm form, std::vector<CallKind> kinds, Item lead, std::uint64_t lead_bytes);

    Item start();

    Moves moves(std::uint32_t local) override;
    std::uint32_t rest(std::uint32_t local) override;

  private:
    // A place in one of the texts: text 0 begins all, then two of each kind, separator and end.
    struct Place {
        std::uint32_t text;
        std::uint32_t at;
    };
    std::uint32_t n_texts() const noexcept { return static_cast<std::uint32_t>(texts_.size()); }
    Item item(std::uint32_t text, std::uint32_t at);
    void add_next(std::uint32_t text, Moves& out);
    std::uint64_t rest_after(std::uint32_t text) const;

    CallForm form_;
    std::vector<CallKind> kinds_;
    Item lead_;
    std::uint64_t lead_bytes_;
    std::vector<std::string> texts_;
    std::vector<std::uint32_t> begins_;  // of the items of each text
};

}  // namespace quire::constraints

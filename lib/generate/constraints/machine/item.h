// What a text may be, as a set of frames that call each other. A frame is a position in one rule: in a
// JSON string, in an object, in a rule of a grammar. A recognizer keeps a stack of them.
//
// Frames are named by items: small numbers that a source makes when they are first needed, so that
// nothing is spent on what no text reaches.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quire::constraints {

using Item = std::uint32_t;

inline constexpr Item kNoItem = UINT32_MAX;
// The highest bits of an item name its source.
inline constexpr unsigned kLocalBits = 24;
constexpr Item item_of(unsigned source, std::uint32_t local) noexcept {
    return source << kLocalBits | local;
}
constexpr unsigned source_of(Item item) noexcept {
    return item >> kLocalBits;
}
constexpr std::uint32_t local_of(Item item) noexcept {
    return item & ((1U << kLocalBits) - 1);
}

// A byte from lo to hi leads to `next`, in the same frame; or in a new one, and this frame then waits
// at `then`.
struct Arc {
    std::uint8_t lo = 0;
    std::uint8_t hi = 0;
    Item next = kNoItem;
    Item then = kNoItem;
};

// Another frame begins here; when it ends, this one goes on at `then`.
struct Call {
    Item child = kNoItem;
    Item then = kNoItem;
};

struct Moves {
    std::vector<Arc> arcs;
    std::vector<Call> calls;
    bool ends = false;  // the frame may end here
};

// All items that a source gives away can still be completed.
class Source {
  public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    virtual Moves moves(std::uint32_t local) = 0;
    // Bytes that the shortest end of the frame takes from here, with what it calls on the way.
    virtual std::uint32_t rest(std::uint32_t local) = 0;
    // An item that allows the same tokens but for those that begin with one of `except`, which this
    // one refuses; kNoItem: there is none. Many items may be like one, so that masks cost less.
    virtual Item like(std::uint32_t local, std::vector<std::string>& except) {
        static_cast<void>(local);
        static_cast<void>(except);
        return kNoItem;
    }

    unsigned number = 0;  // its place in the machine
};

}  // namespace quire::constraints

// QUIRE_ASSERT checks what a caller promises: sizes, alignment, ranges, the order of calls. It is
// for our own mistakes; bad input is a quire::Error. Debug and sanitizer builds print file, line
// and condition and abort. Release builds compile the condition but do not evaluate it.
#pragma once

namespace quire::base {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace quire::base

#if !defined(NDEBUG) || defined(QUIRE_ASSERTIONS)
#define QUIRE_ASSERT(condition) \
    ((condition) ? void() : ::quire::base::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define QUIRE_ASSERT(condition) void(sizeof((condition) ? 1 : 0))
#endif

// The list of current mappings, which the handler of SIGBUS walks through.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "lib/base/files/mapped_file.h"

namespace quire::base {

// An entry is never freed, only reused, because the handler may be reading it at any time.
struct MappedRange {
    std::atomic<std::uintptr_t> begin{0};  // 0: not in use
    std::atomic<std::uintptr_t> end{0};
    std::atomic<bool> zeros_were_read{false};
    OnShrink on_shrink = OnShrink::end_process;
    char path[256] = {};  // for the message: printable, cut to what fits
    MappedRange* next = nullptr;
};

// Throws std::bad_alloc.
MappedRange* register_range(const void* data, std::size_t size, const std::string& path,
                            OnShrink on_shrink);
void unregister_range(MappedRange* range) noexcept;

}  // namespace quire::base

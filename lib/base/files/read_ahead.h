// Reads parts of a mapped file into memory ahead of the threads that will use them.
#pragma once

#include <thread>
#include <vector>

#include "lib/base/bytes.h"

namespace quire::base {

// A thread that reads ranges of mapped files, one after the other. Threads that read a mapping wait
// for the disk at every few megabytes; this one keeps it busy. Best effort: it does nothing for
// ranges of less than kLeastReadAhead bytes together, before Linux 5.14, or without a thread, and a
// file that became shorter ends it. It ends with the object, and the mappings must outlive it.
class ReadAhead {
  public:
    ReadAhead() = default;
    explicit ReadAhead(std::vector<Bytes> ranges);

  private:
    std::jthread thread_;
};

// What a disk reads in less time than it takes to notice.
inline constexpr std::size_t kLeastReadAhead = std::size_t{64} << 20;

}  // namespace quire::base

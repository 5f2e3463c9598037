// One file, whole or not at all: what has come waits as NAME.part, and a later call goes on from there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "apps/pull/http.h"

namespace quire::pull {

struct RemoteFile {
    std::string url;
    std::string name;  // in its folder, for messages and on the disk
    std::optional<std::uint64_t> size = {};
    std::string sha256 = {};    // empty: not published
    std::string git_sha1 = {};  // of the git object; empty: not published
};

struct Downloaded {
    std::uint64_t bytes = 0;  // of the whole file
    std::string sha256;       // of the whole file
    bool was_published = false;
};

// Goes on when the connection breaks, up to `n_tries` times in a row without a new byte. `more` is called
// with the number of new bytes, which is negative when the file begins anew.
// Error{run} when the server does not give the file or not its published size; Error{model} when
// the checksum is another (what has come is removed). Http::Interrupted leaves the part.
Downloaded download(Http& http, const RemoteFile& file, const std::string& target, int n_tries,
                    const std::function<void(std::int64_t)>& more);

// Bytes of `target` or its part that are there already.
std::uint64_t bytes_there(const std::string& target);

}  // namespace quire::pull

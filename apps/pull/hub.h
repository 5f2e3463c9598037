// The API of Hugging Face, and of servers that speak it. source: huggingface_hub, HfApi.model_info
// with files_metadata, and hf_hub_url.
#pragma once

#include <string>
#include <vector>

#include "apps/pull/download.h"
#include "apps/pull/http.h"
#include "apps/pull/wanted.h"

namespace quire::pull {

struct Listing {
    std::string commit;             // of the revision
    std::vector<RemoteFile> files;  // of the whole repository
};

// Error{run} when there is no such model, or a token is needed; Error{model} for an answer that is none
// of this API, or names files outside of the repository.
Listing list_files(Http& http, const std::string& endpoint, const Wanted& wanted);

struct Chosen {
    std::vector<RemoteFile> files;
    std::string
        entry;  // what pack is given, relative to the folder: a GGUF file, or "" for the folder
    std::string tag;  // the type that was chosen where none was asked for
};

// The files that pack needs. Without a tag, of several GGUF files that with Q4_K_M. Error{usage} with
// what there is when nothing fits.
Chosen choose_files(const Listing& listing, const Wanted& wanted);

}  // namespace quire::pull

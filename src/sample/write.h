// Writes the story as .evtx files: a folder for each machine, a file for each of its logs.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "sample/story.h"

namespace spoor::sample {

struct WrittenFile {
    std::string path;
    std::uint64_t records = 0;
};

/// Makes `folder` where it is not there. Files of the same names are replaced.
Result<std::vector<WrittenFile>> write_story(const Story& story, const std::string& folder);

}  // namespace spoor::sample

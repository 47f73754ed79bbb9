// What the paths that a user names stand for: files, all files below folders, and what patterns match.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace spoor::sources {

struct NamedFile {
    std::string path;
    std::uint64_t size = 0;
    /// The folder that it was found in; "" when the user named it, and so means it to be a log.
    std::string folder;
};

/// All files in order: as named, and those of a folder or pattern by name. Links to folders inside a folder are not
/// followed. A path that leads nowhere is told to `complain`, with the reason.
std::vector<NamedFile> files_of(std::span<const std::string> paths,
                                const std::function<void(const std::string& path, const std::string& what)>& complain);

}  // namespace spoor::sources

// NewFile: a file that was not there before, its owner's alone, and closed with the object.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace spoor::screen {

class NewFile {
public:
    // Command lines tell secrets, so nobody else may read it; and root writes where others may put links.
    explicit NewFile(const std::string& path)
        : descriptor_(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {}
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }

    /// Negative where it could not be made; errno says why.
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace spoor::screen

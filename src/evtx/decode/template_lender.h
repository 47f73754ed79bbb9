// TemplateLender: templates for records whose own was lost to damage or overwritten.
//
// Which templates other threads have met so far is chance, and what is recovered must not depend on it. So a file's
// records borrow from two sets that depend on the input alone: the templates that the whole file uses, for which it is
// read once more when the first record wants to borrow, and those that the run had met before the file was opened.
#pragma once
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "evtx/decode/shape_store.h"
#include "evtx/log_file.h"

namespace spoor::evtx {

/// One for each file, shared by the threads that read it.
class TemplateLender {
public:
    /// From where records may borrow. EarlierFilesToo is for those who read one file after the other.
    enum class From : std::uint8_t { OwnFile, EarlierFilesToo };

    /// File and store must outlive it.
    TemplateLender(const LogFile& file, ShapeStore& store, From from);

    /// The one template whose GUID begins with `id`. Null when there is none or more than one. Any thread may ask.
    const Template* find(std::uint32_t id);

private:
    void survey();
    void note(std::uint32_t id, const Template* found);

    const LogFile& file_;
    ShapeStore& store_;
    std::uint32_t known_before_;
    std::once_flag surveyed_;
    std::unordered_map<std::uint32_t, const Template*> used_;  // null for an id that several have
};

}  // namespace spoor::evtx

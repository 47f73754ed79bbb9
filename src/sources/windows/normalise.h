// Normaliser: turns Windows records into events of a known kind with typed, named fields.
//
// Nothing is dropped silently: a record that no row of events.cc knows becomes Kind::Other with all its values, a value
// that no field knows becomes a field under its own name, and a value that is not of its field's type stays text. Texts
// are kept as the log has them, trailing blanks included ("User32 "): whoever compares them trims.
#pragma once
#include <string>
#include <unordered_map>

#include "base/hash.h"
#include "model/catalog.h"
#include "sources/windows/events.h"
#include "sources/windows/record.h"

namespace spoor::windows {

/// One for each thread; the catalog is shared.
class Normaliser {
public:
    explicit Normaliser(Catalog& catalog) : catalog_(catalog) {}

    /// Adds the event that `record` is to `batch`, and returns it.
    Event& add(const Record& record, Batch& batch);

private:
    /// What is known of one kind of record, found once.
    struct Known {
        const Meaning* meaning;
        ChannelId channel;
        std::string_view channel_name;
        std::unordered_map<std::string, FieldId, TextHash, std::equal_to<>> fields;  // by what the record calls them
    };

    Known& known(const Record& record);
    FieldId field_of(Known& known, std::string_view record_name);
    HostId host_of(std::string_view computer);
    void add_value(Batch& batch, FieldId field, std::string_view text);

    Catalog& catalog_;
    std::unordered_map<std::string, Known, TextHash, std::equal_to<>> known_;
    std::unordered_map<std::string, HostId, TextHash, std::equal_to<>> hosts_;
    std::string key_;
};

}  // namespace spoor::windows

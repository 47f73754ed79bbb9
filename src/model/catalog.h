// Catalog: the names that numbers in events stand for: hosts, channels, and fields that the schema has not.
//
// One for a run of the program, shared by the threads that read; names are only ever added. Looking a number up takes
// no lock; finding or adding a name does, so readers keep what they found (by shape of record, by channel).
#pragma once
#include <memory>
#include <string_view>

#include "model/event.h"

namespace spoor {

class Catalog {
public:
    Catalog();
    ~Catalog();
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;

    /// The number of a host by the name that a record gives it. "WS07", "ws07" and "ws07.corp.example" are one host, as
    /// long as no other host of that first label has another domain; the longest name seen is kept as its full name.
    HostId host(std::string_view name);
    /// Upper-case first label, "WS07"; with the domain where two hosts share the label.
    std::string_view host_name(HostId id) const;
    /// Fully qualified where a record had it so.
    std::string_view host_full_name(HostId id) const;
    std::size_t host_count() const;

    ChannelId channel(std::string_view name);
    std::string_view channel_name(ChannelId id) const;
    std::size_t channel_count() const;

    /// A field by name: the schema's, or one that is added here. When 40,000 names have been added (a hostile log) all
    /// further ones become the field "Overflow".
    FieldId field(std::string_view name);
    std::string_view field_name(FieldId id) const;
    FieldType field_type(FieldId id) const;
    /// Schema fields and added ones.
    std::size_t field_count() const;

private:
    struct Names;
    std::unique_ptr<Names> names_;
};

}  // namespace spoor

// RecordValues: the values of an event as its Windows record had them, for exports that look like the original: a 4688
// has its NewProcessName back, and its process ids in hexadecimal.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "model/catalog.h"
#include "model/event.h"

namespace spoor::windows {

/// The event and the catalog have to outlive it.
class RecordValues {
public:
    RecordValues(const EventView& view, const Catalog& catalog);

    std::string_view provider() const { return provider_; }

    /// Calls `take` with each value of the record's data, in order, and what the record called it. Values without a
    /// name are called by their place: #0, #1.
    using Take = std::function<void(const FieldValue& value, std::string_view name)>;
    void each_datum(const Take& take) const;

    /// As the record spells it.
    std::string spelled(const FieldValue& value) const;

private:
    const EventView& view_;
    const Catalog& catalog_;
    std::string provider_;
};

/// The attributes of Execution, which the schema or the catalog has as ExecutionProcessID and so on; "" for others.
std::string_view execution_attribute(std::string_view field_name);

/// "2024-05-14 08:01:23.880", in Sysmon's own fields.
std::string sysmon_time(Timestamp time);

}  // namespace spoor::windows

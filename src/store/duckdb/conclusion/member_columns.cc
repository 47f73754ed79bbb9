#include "store/duckdb/conclusion/member_columns.h"

#include <algorithm>
#include <array>

namespace spoor::store::duckdb {

std::vector<std::string_view> columns_of(match::SessionProperty property) {
    using match::SessionProperty;
    switch (property) {
        case SessionProperty::Host: return {"host"};
        case SessionProperty::Id: return {"logon_id"};
        case SessionProperty::User: return {"user_name"};
        case SessionProperty::Domain: return {"user_domain"};
        case SessionProperty::Account: return {"user_domain", "user_name"};
        case SessionProperty::Sid: return {"user_sid"};
        case SessionProperty::Type: return {"type"};
        case SessionProperty::SourceAddress: return {"source_address"};
        case SessionProperty::Workstation: return {"workstation"};
        default: return {};
    }
}

std::vector<std::string_view> columns_of(match::ProcessProperty property) {
    using match::ProcessProperty;
    switch (property) {
        case ProcessProperty::Host: return {"host"};
        case ProcessProperty::Pid: return {"pid"};
        case ProcessProperty::Guid: return {"guid"};
        case ProcessProperty::Image:
        case ProcessProperty::Name: return {"image"};
        case ProcessProperty::CommandLine: return {"command_line"};
        case ProcessProperty::User: return {"user_name"};
        default: return {};
    }
}

std::vector<std::string_view> session_columns_of(const match::Expr& where) {
    constexpr std::array<std::string_view, 8> kInOrder = {"host",      "logon_id", "user_sid",       "user_domain",
                                                          "user_name", "type",     "source_address", "workstation"};
    std::array<bool, kInOrder.size()> asked{};
    bool any = false;
    match::for_each_leaf(where, [&](const match::Predicate& predicate) {
        const match::FieldRef& field = predicate.field;
        const auto columns =
            field.scope == match::Scope::Session ? columns_of(field.session()) : std::vector<std::string_view>();
        any |= columns.empty();
        for (const std::string_view column : columns)
            asked[static_cast<std::size_t>(std::ranges::find(kInOrder, column) - kInOrder.begin())] = true;
    });
    std::vector<std::string_view> columns;
    for (std::size_t i = 0; i < kInOrder.size(); ++i)
        if (asked[i] && !any) columns.push_back(kInOrder[i]);
    return columns;
}

std::span<const std::string_view> session_outline() {
    static constexpr std::array<std::string_view, 12> kOutline = {
        "host",           "logon_id",    "user_sid",   "user_domain", "user_name",  "type",
        "source_address", "workstation", "start_time", "end_time",    "first_seen", "last_seen"};
    return kOutline;
}

}  // namespace spoor::store::duckdb

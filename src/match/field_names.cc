#include "match/field_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <unordered_map>

#include "base/hash.h"
#include "base/unicode.h"

namespace spoor::match {
namespace {

/// Lower case, without underscores: how names are compared.
std::string normalised(std::string_view name) {
    std::string folded = fold_case(name);
    std::erase(folded, '_');
    return folded;
}

bool same_name(std::string_view name, const std::string& normal) { return normalised(name) == normal; }

/// Schema fields whose values stand in the header of an event.
FieldRef in_header(FieldId id) {
    if (id == "EventID"_field) return FieldRef::of(HeaderProperty::EventId);
    if (id == "Channel"_field) return FieldRef::of(HeaderProperty::Channel);
    if (id == "Computer"_field) return FieldRef::of(HeaderProperty::HostFullName);
    if (id == "EventRecordID"_field) return FieldRef::of(HeaderProperty::Sequence);
    return FieldRef::of(id);
}

using NumberByName = std::unordered_map<std::string, std::uint16_t, TextHash, std::equal_to<>>;

/// Names before aliases: where a name is another's alias, it is itself.
NumberByName index_of(std::span<const Property> properties) {
    NumberByName index;
    for (std::size_t i = 0; i < properties.size(); ++i)
        index.try_emplace(normalised(properties[i].name), static_cast<std::uint16_t>(i));
    for (std::size_t i = 0; i < properties.size(); ++i) {
        std::string_view aliases = properties[i].aliases;
        while (!aliases.empty()) {
            const std::size_t end = std::min(aliases.find(' '), aliases.size());
            index.try_emplace(normalised(aliases.substr(0, end)), static_cast<std::uint16_t>(i));
            aliases.remove_prefix(std::min(end + 1, aliases.size()));
        }
    }
    return index;
}

std::optional<std::uint16_t> find_in(const NumberByName& index, std::string_view normal) {
    const auto found = index.find(normal);
    return found == index.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint16_t> find_header_property(std::string_view normal) {
    static const NumberByName kIndex = index_of(header_properties());
    return find_in(kIndex, normal);
}

std::optional<std::uint16_t> find_session_property(std::string_view normal) {
    static const NumberByName kIndex = index_of(session_properties());
    return find_in(kIndex, normal);
}

std::optional<std::uint16_t> find_process_property(std::string_view normal) {
    static const NumberByName kIndex = index_of(process_properties());
    return find_in(kIndex, normal);
}

std::optional<FieldRef> find_schema_field(const std::string& normal) {
    static const auto kByName = [] {
        std::unordered_map<std::string, FieldId, TextHash, std::equal_to<>> by_name;
        for (std::size_t i = 1; i < kFieldCount; ++i)
            by_name.try_emplace(normalised(kFields[i].name), static_cast<FieldId>(i));
        return by_name;
    }();
    const auto found = kByName.find(normal);
    if (found == kByName.end()) return std::nullopt;
    return in_header(found->second);
}

/// Names that begin with a prefix belong to the properties of what the prefix names.
struct Prefix {
    std::string_view text;
    Scope scope;
    std::optional<std::uint16_t> (*find)(std::string_view);
};

constexpr std::array kPrefixes = {
    Prefix{"process.parent.", Scope::ParentProcess, &find_process_property},
    Prefix{"parent.", Scope::ParentProcess, &find_process_property},
    Prefix{"process.", Scope::Process, &find_process_property},
    Prefix{"session.", Scope::Session, &find_session_property},
    Prefix{"adopted.", Scope::AdoptedSession, &find_session_property},
};

/// Sessions are asked about themselves only; adopted sessions belong to events.
bool reaches(Subject subject, Scope scope) {
    switch (subject) {
        case Subject::Events: return true;
        case Subject::Sessions: return scope == Scope::Session;
        case Subject::Processes: return scope != Scope::AdoptedSession;
    }
    return false;
}

std::optional<FieldRef> find_prefixed(const std::string& normal, Subject subject) {
    for (const Prefix& prefix : kPrefixes) {
        if (!normal.starts_with(prefix.text) || !reaches(subject, prefix.scope)) continue;
        if (const auto number = prefix.find(std::string_view(normal).substr(prefix.text.size())))
            return FieldRef{prefix.scope, *number};
    }
    return std::nullopt;
}

/// "session", "adopted": the session by its id; in its exact spelling "Session" is a field of records.
std::optional<FieldRef> find_session_itself(std::string_view name, const std::string& normal, Subject subject) {
    if (normal == "session" && name != "Session") return FieldRef::of(SessionProperty::Id);
    if (normal == "adopted" && subject == Subject::Events)
        return FieldRef::of(SessionProperty::Id, Scope::AdoptedSession);
    return std::nullopt;
}

/// "data.Name" and Kibana's "winlog.event_data.Name": a field of the record, whether the schema has it or not.
std::optional<FieldRef> find_data_field(std::string_view name) {
    std::string_view rest;
    for (const std::string_view prefix : {"data.", "winlog.event_data.", "winlog.user_data."})
        if (name.size() > prefix.size() && equals_ignoring_ascii_case(name.substr(0, prefix.size()), prefix))
            rest = name.substr(prefix.size());
    if (rest.empty()) return std::nullopt;
    if (const auto known = find_field(rest)) return in_header(*known);
    if (!name.starts_with("data.") && !name.starts_with("Data."))
        if (const auto known = find_schema_field(normalised(rest))) return known;
    return FieldRef::of(rest);
}

using FieldsByName = std::unordered_map<std::string, std::vector<FieldRef>, TextHash, std::equal_to<>>;

/// The fields that have each name in ECS, or in OCSF.
FieldsByName index_of(std::string_view Field::* standard) {
    FieldsByName index;
    for (std::size_t i = 1; i < kFieldCount; ++i) {
        const std::string_view name = kFields[i].*standard;
        if (!name.contains('.')) continue;
        std::vector<FieldRef>& fields = index[fold_case(name)];
        FieldRef field = in_header(static_cast<FieldId>(i));
        if (std::ranges::find(fields, field) == fields.end()) fields.push_back(std::move(field));
    }
    return index;
}

std::vector<FieldRef> find_standard_name(std::string_view folded) {
    static const FieldsByName kEcs = index_of(&Field::ecs);
    static const FieldsByName kOcsf = index_of(&Field::ocsf);
    for (const FieldsByName* const index : {&kEcs, &kOcsf})
        if (const auto found = index->find(folded); found != index->end()) return found->second;
    return {};
}

std::optional<FieldRef> find_added_field(std::string_view name, const std::string& normal, const Catalog* catalog) {
    if (!catalog) return std::nullopt;
    std::optional<FieldRef> found;
    for (std::size_t i = kFieldCount; i < catalog->field_count(); ++i) {
        const std::string_view added = catalog->field_name(static_cast<FieldId>(i));
        if (added == name) return FieldRef::of(added);
        if (!found && same_name(added, normal)) found = FieldRef::of(added);
    }
    return found;
}

bool fits_pattern(std::string_view text, std::string_view pattern) {
    std::size_t star = std::string_view::npos, resume = 0, t = 0, p = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<FieldRef> find_by_pattern(const std::string& normal, Subject subject, const Catalog* catalog) {
    std::vector<FieldRef> found;
    for (NamedField& named : field_names(subject, catalog))
        if (fits_pattern(normalised(named.name), normal) && std::ranges::find(found, named.field) == found.end())
            found.push_back(std::move(named.field));
    return found;
}

std::optional<FieldRef> find_one(std::string_view name, const std::string& normal, Subject subject) {
    switch (subject) {
        case Subject::Events:
            if (const auto exact = find_field(name)) return in_header(*exact);
            if (const auto property = find_header_property(normal)) return FieldRef{Scope::Header, *property};
            if (auto prefixed = find_prefixed(normal, subject)) return prefixed;
            if (auto data = find_data_field(name)) return data;
            return find_schema_field(normal);
        case Subject::Sessions:
            if (const auto property = find_session_property(normal)) return FieldRef{Scope::Session, *property};
            return find_prefixed(normal, subject);
        case Subject::Processes:
            if (const auto property = find_process_property(normal)) return FieldRef{Scope::Process, *property};
            return find_prefixed(normal, subject);
    }
    return std::nullopt;
}

void add_properties(std::vector<NamedField>& names, std::string_view prefix, std::span<const Property> properties,
                    Scope scope) {
    for (std::size_t i = 0; i < properties.size(); ++i)
        names.push_back({std::string(prefix).append(properties[i].name), FieldRef{scope, static_cast<std::uint16_t>(i)},
                         properties[i].meaning});
}

/// Edits (insert, drop, replace, swap neighbours) that make one text the other.
std::size_t distance(std::string_view a, std::string_view b) {
    constexpr std::size_t kLongest = 64;
    a = a.substr(0, kLongest);
    b = b.substr(0, kLongest);
    std::array<std::array<std::size_t, kLongest + 1>, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i - 1) % 3];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a.size() % 3][b.size()];
}

}  // namespace

std::vector<NamedField> field_names(Subject subject, const Catalog* catalog) {
    std::vector<NamedField> names;
    switch (subject) {
        case Subject::Events:
            add_properties(names, "", header_properties(), Scope::Header);
            for (std::size_t i = 1; i < kFieldCount; ++i)
                names.push_back({std::string(kFields[i].name), in_header(static_cast<FieldId>(i)), kFields[i].meaning});
            break;
        case Subject::Sessions: add_properties(names, "", session_properties(), Scope::Session); return names;
        case Subject::Processes: add_properties(names, "", process_properties(), Scope::Process); break;
    }
    if (subject == Subject::Events) add_properties(names, "process.", process_properties(), Scope::Process);
    add_properties(names, subject == Subject::Events ? "process.parent." : "parent.", process_properties(),
                   Scope::ParentProcess);
    add_properties(names, "session.", session_properties(), Scope::Session);
    if (subject != Subject::Events) return names;
    add_properties(names, "adopted.", session_properties(), Scope::AdoptedSession);
    if (catalog)
        for (std::size_t i = kFieldCount; i < catalog->field_count(); ++i) {
            const std::string_view added = catalog->field_name(static_cast<FieldId>(i));
            names.push_back({std::string(added), FieldRef::of(added), "A field of a record that the schema has not."});
        }
    return names;
}

std::vector<FieldRef> find_fields(std::string_view name, Subject subject, const Catalog* catalog) {
    if (name == "*") return {FieldRef::any()};
    const std::string normal = normalised(name);
    std::vector<FieldRef> found;
    if (auto one = find_one(name, normal, subject)) found.push_back(*std::move(one));
    if (auto session = find_session_itself(name, normal, subject)) found.push_back(*std::move(session));
    if (!found.empty()) return found;
    if (name.contains('*')) return find_by_pattern(normal, subject, catalog);
    if (subject != Subject::Events) return {};
    if (auto added = find_added_field(name, normal, catalog)) return {*std::move(added)};
    return find_standard_name(fold_case(name));
}

std::vector<std::string> nearest(std::string_view name, const std::vector<std::string_view>& names) {
    const std::string normal = normalised(name);
    const std::size_t reach = std::max<std::size_t>(1, normal.size() / 3);
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const std::string_view candidate : names) {
        const std::string other = normalised(candidate);
        std::size_t far = distance(normal, other);
        // The beginning of a longer name is as near as a slip of one letter.
        if (normal.size() >= 3 && other.starts_with(normal))
            far = 1;
        else if (normal.size() >= 4 && other.contains(normal))
            far = std::min<std::size_t>(far, 2);
        else if (far > reach)
            continue;
        near.emplace_back(far, candidate);
    }
    std::ranges::stable_sort(near, [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second.size() < b.second.size();
    });
    std::vector<std::string> best;
    for (const auto& [far, candidate] : near) {
        if (best.size() == 3) break;
        if (std::ranges::find(best, candidate) == best.end()) best.emplace_back(candidate);
    }
    return best;
}

Result<std::vector<FieldRef>> fields_named(std::string_view name, Subject subject, const Catalog* catalog) {
    std::vector<FieldRef> found = find_fields(name, subject, catalog);
    if (!found.empty()) return found;
    const std::vector<std::string> near = nearest_fields(name, subject, catalog);
    return fail(Errc::BadUsage,
                fmt::format("there is no field '{}'{}", name,
                            near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, ", "))));
}

std::vector<std::string> nearest_fields(std::string_view name, Subject subject, const Catalog* catalog) {
    const std::vector<NamedField> known = field_names(subject, catalog);
    std::vector<std::string_view> names;
    for (const NamedField& field : known) names.push_back(field.name);
    return nearest(name, names);
}

}  // namespace spoor::match

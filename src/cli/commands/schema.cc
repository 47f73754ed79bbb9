// spoor schema: the event kinds and their fields, from the schema table itself.
#include <fmt/format.h>

#include <algorithm>

#include "base/json_writer.h"
#include "cli/command.h"
#include "model/fields.h"
#include "model/kinds.h"
#include "model/suggest.h"

namespace spoor::cli {
namespace {

using terminal::Style;

std::string_view type_name(FieldType type) {
    switch (type) {
        case FieldType::Text: return "text";
        case FieldType::Number: return "number";
        case FieldType::Signed: return "signed";
        case FieldType::Hex: return "hex";
        case FieldType::Boolean: return "boolean";
        case FieldType::Time: return "time";
        case FieldType::Guid: return "guid";
        case FieldType::Sid: return "sid";
        case FieldType::Address: return "address";
        case FieldType::Bytes: return "bytes";
        case FieldType::Real: return "real";
    }
    return "";
}

template <typename Take>
void for_each_field_of(const KindEntry& kind, Take&& take) {
    std::string_view rest = kind.fields;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (const auto id = find_field(rest.substr(0, end))) take(field(*id));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

class Schema final : public Command {
    void declare(Options& options) override {
        options.argument(kind_, "KIND", Needed::No, "only this kind, with its fields").completes = Completes::Kinds;
        options.flag("--fields", all_fields_, "every field instead of every kind");
        options.flag("--json", json_, "as JSON lines");
    }

    Result<Exit> run(Console& console) override {
        if (all_fields_) {
            for (std::size_t i = 1; i < kFieldCount; ++i) print(console, kFields[i]);
            return Exit::Done;
        }
        if (kind_.empty()) {
            for (const KindEntry& kind : std::span(kKinds, kKindCount)) print(console, kind);
            return Exit::Done;
        }
        const auto kind = find_kind(kind_);
        if (!kind) return unknown_kind();
        print(console, entry(*kind));
        for_each_field_of(entry(*kind), [&](const Field& field) { print(console, field); });
        return Exit::Done;
    }

    std::unexpected<Error> unknown_kind() const {
        std::vector<std::string_view> names;
        for (const KindEntry& kind : std::span(kKinds, kKindCount)) names.push_back(kind.name);
        return fail(Errc::BadUsage, fmt::format("there is no kind '{}'{}", kind_, did_you_mean(kind_, names)));
    }

    void print(Console& console, const KindEntry& kind) const {
        if (json_) {
            std::string line;
            JsonWriter json(line);
            json.open('{').text("kind", kind.name).text("title", kind.title);
            if (kind.sysmon_id != 0) json.number("sysmon_id", kind.sysmon_id);
            json.text("windows", kind.windows_ids).open("fields", '[');
            for_each_field_of(kind, [&](const Field& field) { json.text(field.name); });
            json.close(']').close('}');
            console.out.line(line);
            return;
        }
        const std::string sysmon = kind.sysmon_id == 0 ? "" : fmt::format("Sysmon {}", kind.sysmon_id);
        const std::string_view separator = sysmon.empty() || kind.windows_ids.empty() ? "" : "; ";
        console.out.line(fmt::format("{}  {}{}{}{}", console.paint(Style::Bold, fmt::format("{:<28}", kind.name)),
                                     fmt::format("{:<38}", kind.title), sysmon, separator, kind.windows_ids));
    }

    void print(Console& console, const Field& field) const {
        if (json_) {
            std::string line;
            JsonWriter json(line);
            json.open('{').text("field", field.name).text("type", type_name(field.type)).text("meaning", field.meaning);
            if (!field.ecs.empty()) json.text("ecs", field.ecs);
            if (!field.ocsf.empty()) json.text("ocsf", field.ocsf);
            json.close('}');
            console.out.line(line);
            return;
        }
        console.out.line(fmt::format("  {}  {:<8} {}", console.paint(Style::Bold, fmt::format("{:<26}", field.name)),
                                     type_name(field.type), field.meaning));
    }

    std::string kind_;
    bool all_fields_ = false;
    bool json_ = false;
};

}  // namespace

CommandEntry schema_command() {
    return {
        .name = "schema",
        .summary = "the event kinds and their fields",
        .group = Group::Tools,
        .description =
            "Every event has a kind, and named fields with typed values. Names are those of Sysmon and of the Windows "
            "Security log. The same names are used in filters, exports and the store.",
        .examples = {{"schema", "Every kind, with the Sysmon and Windows event ids that become it."},
                     {"schema logon", "One kind and the fields it is known by."},
                     {"schema --fields --json", "Every field with its type, meaning, and its names in ECS and OCSF."}},
        .make = make<Schema>};
}

}  // namespace spoor::cli

// A key is what all its fields wrote one behind the other: a byte that says of what sort a value is, then the value so
// that bytes compare as values do. Descending fields have their bytes turned round, but for the first, which keeps what
// is absent last.
#include "match/evaluate/field_order.h"

#include <cmath>

#include "base/unicode.h"

namespace spoor::match {
namespace {

// What a value is; numbers before texts before nothing, turned round or not.
enum Sort : char { kNumber = 1, kAddress = 2, kText = 3, kAbsent = 4 };

void append_big_endian(std::string& key, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
}

/// The sign, the whole part and 64 bits of fraction, so that integers and fractions stand among each other exactly.
void append_number(std::string& key, bool negative, std::uint64_t whole, std::uint64_t fraction) {
    key += negative ? '\0' : '\1';
    append_big_endian(key, negative ? ~whole : whole);
    append_big_endian(key, negative ? ~fraction : fraction);
}

void append_signed(std::string& key, std::int64_t number) {
    append_number(key, number < 0,
                  number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number), 0);
}

void append_real(std::string& key, double number) {
    constexpr double kTwoTo64 = 18446744073709551616.0;
    const double magnitude = std::isnan(number) ? 0 : std::fabs(number);
    if (magnitude >= kTwoTo64) return append_number(key, number < 0, UINT64_MAX, UINT64_MAX);
    const double whole = std::floor(magnitude);
    append_number(key, number < 0, static_cast<std::uint64_t>(whole),
                  static_cast<std::uint64_t>((magnitude - whole) * kTwoTo64));
}

/// A text ends with what is less than any letter; the same letter inside is written as two.
void append_letters(std::string& key, std::string_view text) {
    for (const char c : text) {
        key += c;
        if (c == '\0') key += '\1';
    }
    key.append(2, '\0');
}

}  // namespace

FieldValue FieldOrder::value_of(const FieldRef& field, const EventView& view) {
    const Actor& actor = view.event.actor;
    const auto session = [&](std::uint32_t index) {
        return index < history_.sessions.size() ? read(history_.sessions[index], field.session(), catalog_, scratch_)
                                                : FieldValue();
    };
    switch (field.scope) {
        case Scope::Any: return {};
        case Scope::Header: return read(view.event, field.header(), catalog_);
        case Scope::Session: return session(actor.session);
        case Scope::AdoptedSession: return session(actor.adopted_session);
        case Scope::Process:
            return actor.process < history_.processes.size()
                       ? read(history_.processes[actor.process], field.process(), catalog_)
                       : FieldValue();
        case Scope::ParentProcess:
            return actor.process < history_.processes.size()
                       ? read_parent(history_.processes[actor.process], history_, field.process(), catalog_)
                       : FieldValue();
        case Scope::Schema:
        case Scope::Named: break;
    }
    for (const FieldValue& value : view.values()) {
        const bool same = field.scope == Scope::Schema ? value.field == field.field()
                                                       : catalog_.field_name(value.field) == field.named;
        if (same && value.type != ValueType::Null) return value;
    }
    return {};
}

void FieldOrder::append_key(std::string& key, const FieldRef& field, const FieldValue& value, const EventView& view) {
    const bool is_choice = type_of(field) == Type::Choice;
    switch (is_choice ? ValueType::Text : value.type) {
        case ValueType::Unsigned:
        case ValueType::Boolean: key += kNumber; return append_number(key, false, value.number, 0);
        case ValueType::Signed:
        case ValueType::Time: key += kNumber; return append_signed(key, value.signed_number);
        case ValueType::Real: key += kNumber; return append_real(key, value.real);
        case ValueType::Address: key += kAddress; return append_letters(key, value.view());
        case ValueType::Text:
            key += kText;
            return append_letters(key, fold_case(is_choice ? text_.of(field, view) : std::string(value.view())));
        case ValueType::Null:
        case ValueType::Bytes:
        case ValueType::Guid:
        case ValueType::Sid: key += kText; return append_letters(key, fold_case(text_.of(field, view)));
    }
}

std::string FieldOrder::key(const EventView& view) {
    std::string key;
    for (const SortField& by : by_) {
        const std::size_t begin = key.size();
        for (const FieldRef& field : by.fields) {
            const FieldValue value = value_of(field, view);
            // Empty and "-" is how Windows writes "none".
            if (value.type == ValueType::Null ||
                (value.type == ValueType::Text && (value.view().empty() || value.view() == "-")))
                continue;
            append_key(key, field, value, view);
            break;
        }
        if (key.size() == begin)
            key += kAbsent;
        else if (by.direction == Direction::Descending) {
            // Numbers stand before texts either way.
            for (std::size_t i = begin + 1; i < key.size(); ++i) key[i] = static_cast<char>(~key[i]);
        }
    }
    return key;
}

}  // namespace spoor::match

#include "match/evaluate/comparison.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

namespace spoor::match {
namespace {

using Order = std::partial_ordering;

template <typename A, typename B>
Order integer_order(A a, B b) {
    if (std::cmp_less(a, b)) return Order::less;
    return std::cmp_equal(a, b) ? Order::equivalent : Order::greater;
}

/// Exact: a double holds no integer past 2^53, so the integers are not made doubles where that would round.
template <typename Integer>
Order integer_order(Integer a, double b) {
    if (std::isnan(b)) return Order::unordered;
    constexpr double kTop = std::is_signed_v<Integer> ? 0x1p63 : 0x1p64;
    constexpr double kBottom = std::is_signed_v<Integer> ? -0x1p63 : 0;
    if (b >= kTop) return Order::less;
    if (b < kBottom) return Order::greater;
    const double floor = std::floor(b);
    const Order whole = integer_order(a, static_cast<Integer>(floor));
    return whole == 0 && b > floor ? Order::less : whole;
}

template <typename Number>
Order number_order(Number number, const Value& argument) {
    return std::visit(
        [number](const auto& other) -> Order {
            using Other = std::decay_t<decltype(other)>;
            constexpr bool is_number = std::is_same_v<Other, std::uint64_t> || std::is_same_v<Other, std::int64_t> ||
                                       std::is_same_v<Other, double>;
            if constexpr (is_number && std::is_same_v<Number, double> && std::is_same_v<Other, double>)
                return number <=> other;
            else if constexpr (is_number && std::is_same_v<Number, double>)
                return 0 <=> integer_order(other, number);
            else if constexpr (is_number)
                return integer_order(number, other);
            else if constexpr (std::is_same_v<Other, Duration> && std::is_same_v<Number, std::int64_t>)
                return number <=> other.nanoseconds;
            else
                return Order::unordered;
        },
        argument);
}

Order bytes_order(std::string_view a, std::string_view b) { return a <=> b; }

template <std::size_t N>
std::string_view view(const std::array<std::uint8_t, N>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), N};
}

template <typename Number>
std::optional<Value> whole(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return Value(value);
}

}  // namespace

Order order(const FieldValue& value, const Value& argument) {
    switch (value.type) {
        case ValueType::Boolean:
            if (const auto* truth = std::get_if<bool>(&argument)) return (value.number != 0) <=> *truth;
            return number_order(value.number, argument);
        case ValueType::Unsigned: return number_order(value.number, argument);
        case ValueType::Signed: return number_order(value.signed_number, argument);
        case ValueType::Real: return number_order(value.real, argument);
        case ValueType::Time:
            if (const auto* time = std::get_if<Timestamp>(&argument)) return value.signed_number <=> time->nanoseconds;
            break;
        case ValueType::Guid:
            if (const auto* guid = std::get_if<Guid>(&argument)) return bytes_order(value.view(), view(guid->bytes));
            break;
        case ValueType::Sid:
            if (const auto* sid = std::get_if<Sid>(&argument)) return bytes_order(value.view(), sid->bytes());
            break;
        case ValueType::Address:
            if (const auto* address = std::get_if<IpAddress>(&argument))
                return bytes_order(value.view(), view(address->bytes));
            break;
        case ValueType::Null:
        case ValueType::Text:
        case ValueType::Bytes: break;
    }
    return Order::unordered;
}

std::optional<Value> number_in(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) return whole<std::uint64_t>(text.substr(2), 16);
    if (auto number = whole<std::uint64_t>(text)) return number;
    if (auto number = whole<std::int64_t>(text)) return number;
    double real = 0;
    const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (errc != std::errc{} || end != text.data() + text.size() || !std::isfinite(real)) return std::nullopt;
    return Value(real);
}

Order order_as_number(std::string_view text, const Value& argument) {
    const auto number = number_in(text);
    if (!number) return Order::unordered;
    if (const auto* u = std::get_if<std::uint64_t>(&*number)) return number_order(*u, argument);
    if (const auto* i = std::get_if<std::int64_t>(&*number)) return number_order(*i, argument);
    return number_order(std::get<double>(*number), argument);
}

bool satisfies(Order order, Op op) {
    switch (op) {
        case Op::Less: return order < 0;
        case Op::LessOrEqual: return order <= 0;
        case Op::Greater: return order > 0;
        case Op::GreaterOrEqual: return order >= 0;
        default: return order == 0;
    }
}

bool says_something(const FieldValue& value) {
    if (value.type == ValueType::Null) return false;
    return !value.has_bytes() || (value.size != 0 && value.view() != "-");
}

}  // namespace spoor::match

#include "store/duckdb/chapter/form.h"

#include <algorithm>

#include "base/varint.h"
#include "store/duckdb/engine/packed.h"

// A page is a run of groups: the form, how many rows, their times, their record numbers, then each variable field's
// words. Every column is written as differences from row to row.

namespace spoor::store::duckdb {
namespace {

constexpr std::uint64_t kMostRows = 1 << 20;
constexpr std::uint64_t kMostNumbers = 64 << 20;

}  // namespace

std::size_t Form::variable_count() const {
    return static_cast<std::size_t>(std::ranges::count(fields, kVariable, &FormField::word));
}

std::string PageBuilder::take() {
    std::string bytes;
    for (std::size_t begin = 0; begin < rows_.size();) {
        std::size_t end = begin;
        while (end < rows_.size() && rows_[end].form == rows_[begin].form) ++end;
        put_varint(bytes, rows_[begin].form);
        put_varint(bytes, end - begin);
        std::int64_t time = 0;
        for (std::size_t i = begin; i < end; ++i) {
            // Unsigned subtraction: times may lie further apart than a signed difference can say.
            put_varint(bytes, zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(rows_[i].time) -
                                                               static_cast<std::uint64_t>(time))));
            time = rows_[i].time;
        }
        std::uint64_t record = 0;
        for (std::size_t i = begin; i < end; ++i) {
            put_varint(bytes, zigzag(static_cast<std::int64_t>(rows_[i].record - record)));
            record = rows_[i].record;
        }
        const std::size_t variables = forms_[rows_[begin].form].variable_count();
        for (std::size_t column = 0; column < variables; ++column) {
            std::uint32_t word = 0;
            for (std::size_t i = begin; i < end; ++i) {
                put_varint(bytes,
                           zigzag(static_cast<std::int64_t>(rows_[i].words[column]) - static_cast<std::int64_t>(word)));
                word = rows_[i].words[column];
            }
        }
        begin = end;
    }
    rows_.clear();
    return pack(bytes);
}

Result<Page> read_page(std::string_view packed, const std::vector<Form>& forms, const Selection& selection) {
    const std::string bytes = TRY(unpack(packed));
    ByteReader reader(bytes);
    const auto damaged = [] { return fail(Errc::Corrupt, "a page of events is damaged"); };
    Page page;
    std::vector<std::size_t> first_number;  // of each row; the vector of numbers still moves
    while (!reader.done()) {
        const std::uint64_t form = reader.varint();
        const std::uint64_t count = reader.varint();
        if (!reader.ok() || form >= forms.size() || count == 0 || count > kMostRows || count > bytes.size())
            return damaged();
        const std::size_t begin = page.rows.size();
        page.rows.resize(begin + count);
        const auto rows = std::span(page.rows).subspan(begin);
        const std::size_t variables = forms[form].variable_count();
        const auto leave_out = [&](std::uint64_t columns) {
            for (PageRow& row : rows) row.form = kUnwanted;
            first_number.resize(page.rows.size());
            reader.skip_varints(columns * count);
        };
        if (selection.forms && !(*selection.forms)[form]) {
            leave_out(2 + variables);
            if (!reader.ok()) return damaged();
            continue;
        }
        std::uint64_t time = 0;
        bool any = false;
        for (PageRow& row : rows) {
            row.form = static_cast<std::uint32_t>(form);
            time += static_cast<std::uint64_t>(unzigzag(reader.varint()));
            row.time = static_cast<std::int64_t>(time);
            any = any || (row.time >= selection.from && row.time <= selection.until);
        }
        if (!any) {
            leave_out(1 + variables);
            if (!reader.ok()) return damaged();
            continue;
        }
        std::uint64_t record = 0;
        for (PageRow& row : rows) row.record = record += static_cast<std::uint64_t>(unzigzag(reader.varint()));

        const std::size_t base = page.numbers.size();
        if (variables * count > bytes.size() || base + variables * count > kMostNumbers) return damaged();
        page.numbers.resize(base + variables * count);
        for (std::size_t column = 0; column < variables; ++column) {
            std::uint64_t word = 0;
            for (std::size_t i = 0; i < count; ++i) {
                word += static_cast<std::uint64_t>(unzigzag(reader.varint()));
                page.numbers[base + i * variables + column] = static_cast<std::uint32_t>(word);
            }
        }
        for (std::size_t i = 0; i < count; ++i) first_number.push_back(base + i * variables);
        if (!reader.ok()) return damaged();
        for (PageRow& row : rows)
            if (row.time < selection.from || row.time > selection.until) row.form = kUnwanted;
    }
    for (std::size_t i = 0; i < page.rows.size(); ++i) page.rows[i].words = page.numbers.data() + first_number[i];
    return page;
}

}  // namespace spoor::store::duckdb

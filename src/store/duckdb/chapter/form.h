// Form: what many events of a chapter have in common: where they come from, what they are, and which fields they have.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event.h"

namespace spoor::store::duckdb {

/// Stands for a value that each event has for itself.
constexpr std::uint32_t kVariable = UINT32_MAX;

struct FormField {
    FieldId field = FieldId::None;
    std::uint32_t word = kVariable;  // the same for all events of the form, unless kVariable

    friend bool operator==(const FormField&, const FormField&) = default;
};

struct Form {
    HostId host = HostId::None;
    ChannelId channel = ChannelId::None;
    Kind kind = Kind::Other;
    Outcome outcome = Outcome::Unknown;
    Quality quality = Quality::Intact;
    std::uint16_t event_id = 0;
    std::vector<FormField> fields = {};  // in the order of the record

    friend bool operator==(const Form&, const Form&) = default;

    std::size_t variable_count() const;
};

/// An event within a page: all that its form does not say. `words` has variable_count() numbers.
struct PageRow {
    std::int64_t time = 0;
    std::uint64_t record = 0;
    std::uint32_t form = 0;
    const std::uint32_t* words = nullptr;
};

/// Rows of like form one behind the other, column by column: that is what packs well.
class PageBuilder {
public:
    explicit PageBuilder(const std::vector<Form>& forms) : forms_(forms) {}

    void add(const PageRow& row) { rows_.push_back(row); }
    std::size_t size() const { return rows_.size(); }
    /// The packed page of the rows added since the last call.
    std::string take();

private:
    const std::vector<Form>& forms_;
    std::vector<PageRow> rows_;
};

/// The rows of a page; `words` point into `numbers`.
struct Page {
    std::vector<PageRow> rows = {};
    std::vector<std::uint32_t> numbers = {};
};

/// Which events of a page are wanted: those of some forms, within a span of time.
struct Selection {
    const std::vector<bool>* forms = nullptr;  // all, if null
    std::int64_t from = INT64_MIN;
    std::int64_t until = INT64_MAX;
};

/// What stands in the place of the form of a row that was not wanted; nothing else is known of it.
constexpr std::uint32_t kUnwanted = UINT32_MAX;

Result<Page> read_page(std::string_view packed, const std::vector<Form>& forms, const Selection& selection = {});

}  // namespace spoor::store::duckdb

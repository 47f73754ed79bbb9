// RowMatcher: an expression asked of the rows of a chapter's pages, by the numbers of their words.
//
// What its leaves ask of values has been answered before, for each word once. What a leaf does not know of a row is
// "perhaps": then the event itself is asked when it has been read.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "match/evaluate/evaluator.h"
#include "store/duckdb/chapter/form.h"
#include "store/duckdb/engine/engine.h"

namespace spoor::store::duckdb {

/// What is known of a leaf in a chapter: it is true of an event for any of these reasons, and of no other.
struct LeafRows {
    bool known = true;
    IdSet forms = {};                     // all events of these
    std::map<FieldId, IdSet> words = {};  // whatever has one of these words in that field
    IdSet places = {};                    // these events of the chapter
    bool more_places = false;             // and others, which note() tells of before they are asked about
    match::Matcher* header = nullptr;     // what it says of an event's time and number
};

/// One thread at a time.
class RowMatcher {
public:
    enum class Answer : std::uint8_t { No, Perhaps, Yes };

    /// `leaves` in the order of match::for_each_leaf; `forms` must outlive this.
    RowMatcher(const match::Expr& expr, std::vector<LeafRows> leaves, const std::vector<Form>& forms);

    /// What can be said of all events of a form.
    Answer of_form(std::uint32_t form) { return answer(root_, tests_of(form), nullptr, 0); }
    /// `place` is the event's in the chapter.
    Answer of_row(const PageRow& row, std::uint32_t place) { return answer(root_, tests_of(row.form), &row, place); }
    /// A leaf is true of the event at that place.
    void note(std::size_t leaf, std::uint32_t place) { add_to(leaves_[leaf].places, place); }

private:
    struct Node {
        match::Expr::Type type;
        std::uint32_t count;
        std::uint32_t leaf;
        std::vector<Node> children;
    };
    struct Column {
        std::uint32_t place;  // among the words of a row
        const IdSet* words;
    };
    /// A leaf in a form: what is certain of all its events, or the columns that may make it true.
    struct Test {
        Answer all = Answer::No;
        std::vector<Column> columns = {};
    };
    using Tests = std::vector<Test>;

    Node node_of(const match::Expr& expr);
    const Tests& tests_of(std::uint32_t form);
    Test test_of(const LeafRows& leaf, std::uint32_t form) const;
    Answer answer(const Node& node, const Tests& tests, const PageRow* row, std::uint32_t place) const;
    Answer at_least(const Node& node, const Tests& tests, const PageRow* row, std::uint32_t place) const;
    Answer answer(std::uint32_t leaf, const Test& test, const PageRow* row, std::uint32_t place) const;

    std::vector<LeafRows> leaves_;
    const std::vector<Form>* forms_;
    std::uint32_t next_leaf_ = 0;
    Node root_;
    std::vector<Tests> tests_;  // by form, made when first asked for
};

}  // namespace spoor::store::duckdb

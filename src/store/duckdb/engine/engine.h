// Engine: the part of DuckDB that the store uses, in our own manners: Result for errors, values that close themselves.
//
// DuckDB's C header is included by library.h alone, and that by engine.cc; nothing of its C++ interface crosses. A
// Database may be used by many threads, a Connection by one at a time. Everything that DuckDB can refuse (a full disk,
// a lock, a bad file) comes back as an Error whose code says which.
#pragma once
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/result.h"

namespace spoor::store::duckdb {

enum class Access : std::uint8_t { ReadOnly, ReadWrite };

struct Limits {
    std::uint64_t memory = 512ull << 20;  // bytes DuckDB may hold; queries beyond it spill to disk
    unsigned threads = 0;                 // 0: one a core
};

class Connection;

class Database {
public:
    static Result<Database> open(const std::string& path, Access access, const Limits& limits);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    Result<Connection> connect();

private:
    friend class Connection;
    struct Handle;
    explicit Database(std::unique_ptr<Handle> handle);
    std::unique_ptr<Handle> handle_;
};

/// What a statement's `?` stand for.
using Parameter = std::variant<std::monostate, std::uint64_t, std::int64_t, std::string_view>;

/// The rows of a result, a chunk of up to 2,048 at a time.
class Rows {
public:
    Rows(Rows&&) noexcept;
    Rows& operator=(Rows&&) noexcept;
    ~Rows();

    /// Moves to the next chunk; false when there is none. What the last chunk's texts pointed to is gone then.
    bool next();
    std::size_t size() const { return size_; }

    /// The values of a column of numbers as wide as T; what stands at a NULL has no meaning.
    template <typename T>
    const T* numbers(std::size_t column) const {
        return static_cast<const T*>(data(column, sizeof(T)));
    }
    bool is_null(std::size_t column, std::size_t row) const;
    /// Of a VARCHAR or BLOB column; empty for NULL.
    std::string_view text(std::size_t column, std::size_t row) const;
    std::size_t column_count() const;
    std::string_view column_name(std::size_t column) const;

private:
    friend class Connection;
    struct Handle;
    explicit Rows(std::unique_ptr<Handle> handle);
    const void* data(std::size_t column, std::size_t width) const;
    std::unique_ptr<Handle> handle_;
    std::size_t size_ = 0;
};

/// A set of small numbers, one bit each: what `in_set(column, n)` asks in SQL.
using IdSet = std::vector<std::uint64_t>;
inline void add_to(IdSet& set, std::uint32_t id) {
    if (id / 64 >= set.size()) set.resize(id / 64 + 1);
    set[id / 64] |= 1ull << (id % 64);
}
inline bool holds(const IdSet& set, std::uint32_t id) {
    return id / 64 < set.size() && (set[id / 64] >> (id % 64) & 1) != 0;
}
/// In order.
template <typename Visit>
void each_id(const IdSet& set, Visit&& visit) {
    for (std::size_t word = 0; word < set.size(); ++word)
        for (std::uint64_t bits = set[word]; bits; bits &= bits - 1)
            visit(static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
}

class Connection {
public:
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    /// One or more statements without a result.
    Result<void> run(const std::string& sql);
    Result<Rows> query(const std::string& sql, std::initializer_list<Parameter> parameters = {});
    /// The single number that `sql` yields; 0 when it yields none.
    Result<std::uint64_t> number(const std::string& sql, std::initializer_list<Parameter> parameters = {});

    /// The sets that in_set() looks into from now on, by position. They must stay until they are replaced. For one
    /// connection of a database only: DuckDB knows functions by name over all of them.
    void use_sets(std::span<const IdSet> sets);

    /// Stops a query that another thread runs on this connection.
    void interrupt();

private:
    friend class Database;
    friend class Appender;
    struct Handle;
    explicit Connection(std::unique_ptr<Handle> handle);
    std::unique_ptr<Handle> handle_;
};

enum class ColumnType : std::uint8_t { U8, U16, U32, U64, I64, Text, Blob };
std::string_view sql_name(ColumnType type);

/// Adds rows to a table by whole chunks. A column that a row does not put is NULL.
class Appender {
public:
    static Result<Appender> open(Connection& connection, const std::string& table, std::span<const ColumnType> columns);
    Appender(Appender&&) noexcept;
    Appender& operator=(Appender&&) noexcept;
    ~Appender();

    template <typename T>
    void put(std::size_t column, T value) {
        static_cast<T*>(data_[column])[row_] = value;
        mark(column);
    }
    void put_text(std::size_t column, std::string_view text);
    Result<void> end_row() {
        if (++row_ == kRows) return send();
        return {};
    }
    /// Hands everything to the connection's transaction.
    Result<void> flush();

private:
    static constexpr std::size_t kRows = 2048;
    struct Handle;
    explicit Appender(std::unique_ptr<Handle> handle);
    void mark(std::size_t column) { validity_[column][row_ / 64] |= 1ull << (row_ % 64); }
    void start_chunk();
    Result<void> send();

    std::unique_ptr<Handle> handle_;
    std::vector<void*> data_;
    std::vector<std::uint64_t*> validity_;
    std::size_t row_ = 0;
};

/// `text` as an SQL string literal.
std::string sql_text(std::string_view text);

/// "1,2,3": rows by their key, for the `IN (...)` of a column that has an index. DuckDB takes numbers that follow each
/// other for a range, and looks up no range in an index; so one more stands behind them that no row has.
std::string sql_keys(std::span<const std::uint64_t> keys);

}  // namespace spoor::store::duckdb

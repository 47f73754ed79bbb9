#include "store/duckdb/engine/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "store/duckdb/engine/library.h"

namespace spoor::store::duckdb {
namespace {

/// DuckDB says what failed in words only; which of our codes it is shows in them. It need not say anything.
std::unexpected<Error> refused(const char* said) {
    std::string_view message = said ? said : "the statement failed, and DuckDB does not say why";
    const auto says = [&](std::string_view words) { return message.contains(words); };
    Errc code = Errc::Io;
    if (says("No space left") || says("disk is full") || says("max_temp_directory_size"))
        code = Errc::Full;
    else if (says("Conflicting lock") || says("Could not set lock"))
        code = Errc::Busy;
    else if (says("does not exist"))
        code = Errc::NotFound;
    else if (says("Permission denied") || says("read-only"))
        code = Errc::Denied;
    else if (says("newer version") || says("version number"))
        code = Errc::Unsupported;
    else if (says("not a valid DuckDB") || says("orrupt") || says("checksum"))
        code = Errc::Corrupt;
    else if (says("Parser Error") || says("Binder Error") || says("Conversion Error"))
        code = Errc::BadQuery;
    // A fatal error quotes its cause over many lines; the first says it all, behind what it was the cause of.
    message = message.substr(0, message.find('\n'));
    constexpr std::string_view kCause = "because of error: ";
    if (const std::size_t cause = message.rfind(kCause); cause != std::string_view::npos)
        message.remove_prefix(cause + kCause.size());
    // "IO Error: " is DuckDB's own division of what can go wrong.
    constexpr std::string_view kClass = " Error: ";
    if (const std::size_t end = message.find(kClass);
        end != std::string_view::npos && end < message.find_first_of(":\""))
        message.remove_prefix(end + kClass.size());
    return fail(code, std::string(message));
}

duckdb_type duckdb_type_of(ColumnType type) {
    switch (type) {
        case ColumnType::U8: return DUCKDB_TYPE_UTINYINT;
        case ColumnType::U16: return DUCKDB_TYPE_USMALLINT;
        case ColumnType::U32: return DUCKDB_TYPE_UINTEGER;
        case ColumnType::U64: return DUCKDB_TYPE_UBIGINT;
        case ColumnType::I64: return DUCKDB_TYPE_BIGINT;
        case ColumnType::Text: return DUCKDB_TYPE_VARCHAR;
        case ColumnType::Blob: return DUCKDB_TYPE_BLOB;
    }
    return DUCKDB_TYPE_INVALID;
}

std::size_t width_of(duckdb_type type) {
    switch (type) {
        case DUCKDB_TYPE_BOOLEAN:
        case DUCKDB_TYPE_UTINYINT:
        case DUCKDB_TYPE_TINYINT: return 1;
        case DUCKDB_TYPE_USMALLINT:
        case DUCKDB_TYPE_SMALLINT: return 2;
        case DUCKDB_TYPE_UINTEGER:
        case DUCKDB_TYPE_INTEGER: return 4;
        case DUCKDB_TYPE_UBIGINT:
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_DOUBLE: return 8;
        default: return 0;
    }
}

}  // namespace

struct Database::Handle {
    duckdb_database database = nullptr;
    ~Handle() { duckdb_close(&database); }
};

struct Connection::Handle {
    duckdb_connection connection = nullptr;
    std::span<const IdSet> sets;
    bool asks_sets = false;
    ~Handle() { duckdb_disconnect(&connection); }
};

struct Rows::Handle {
    duckdb_result result{};
    duckdb_data_chunk chunk = nullptr;
    struct Column {
        std::size_t width = 0;
        void* data = nullptr;
        std::uint64_t* validity = nullptr;
    };
    std::vector<Column> columns;
    ~Handle() {
        if (chunk) duckdb_destroy_data_chunk(&chunk);
        duckdb_destroy_result(&result);
    }
};

struct Appender::Handle {
    duckdb_appender appender = nullptr;
    duckdb_data_chunk chunk = nullptr;
    ~Handle() {
        if (chunk) duckdb_destroy_data_chunk(&chunk);
        if (appender) duckdb_appender_destroy(&appender);
    }
};

// ---- Database

Database::Database(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path, Access access, const Limits& limits) {
    TRY(load_library());
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    const unsigned threads = limits.threads ? limits.threads : std::max(1u, std::thread::hardware_concurrency());
    duckdb_set_config(config, "access_mode", access == Access::ReadOnly ? "READ_ONLY" : "READ_WRITE");
    duckdb_set_config(config, "memory_limit", fmt::format("{}MB", limits.memory >> 20).c_str());
    // A question may not fill the disk that events are still to come to.
    duckdb_set_config(config, "max_temp_directory_size", "8GB");
    duckdb_set_config(config, "threads", std::to_string(threads).c_str());
    // What is in the library is all there is: nothing is fetched while running.
    duckdb_set_config(config, "autoinstall_known_extensions", "false");
    // The newest format of this library: better compression of integers and blobs.
    duckdb_set_config(config, "storage_compatibility_version", "latest");
    duckdb_set_config(config, "preserve_insertion_order", "true");
    // Of a new file. A question about one session reads a few rows here and there, each out of a block; below this,
    // files grow, for a column of a row group needs a block of its own.
    duckdb_set_config(config, "default_block_size", "65536");
    // What is sorted here is a handful of rows: to plan the packing of each of their columns takes longer than it
    // saves.
    duckdb_set_config(config, "disabled_optimizers", "compressed_materialization");
    // A checkpoint writes the last row group of every table anew, all pages of events and words among them: rarely,
    // then. DuckDB reckons a commit by its size before it is compressed, so that by default each of a writer's makes
    // one.
    duckdb_set_config(config, "checkpoint_threshold", "256MB");

    auto handle = std::make_unique<Handle>();
    char* message = nullptr;
    const duckdb_state state = duckdb_open_ext(path.c_str(), &handle->database, config, &message);
    duckdb_destroy_config(&config);
    if (state == DuckDBError) {
        auto error = refused(message);
        duckdb_free(message);
        return error;
    }
    return Database(std::move(handle));
}

namespace {

/// in_set(id, n): whether bit `id` of the n-th set is on; NULL ids are in none.
void in_set(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    const auto* const sets = static_cast<const std::span<const IdSet>*>(duckdb_scalar_function_get_extra_info(info));
    const std::size_t rows = duckdb_data_chunk_get_size(input);
    duckdb_vector id_vector = duckdb_data_chunk_get_vector(input, 0);
    const auto* const ids = static_cast<const std::uint32_t*>(duckdb_vector_get_data(id_vector));
    const auto* const valid = duckdb_vector_get_validity(id_vector);
    const auto* const which =
        static_cast<const std::uint32_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1)));
    auto* const out = static_cast<bool*>(duckdb_vector_get_data(output));
    for (std::size_t row = 0; row < rows; ++row) {
        const IdSet& set = (*sets)[which[row]];
        const std::size_t word = ids[row] / 64;
        const bool present = !valid || (valid[row / 64] >> (row % 64) & 1);
        out[row] = present && word < set.size() && (set[word] >> (ids[row] % 64) & 1);
    }
}

void register_in_set(duckdb_connection connection, std::span<const IdSet>* sets) {
    duckdb_scalar_function function = duckdb_create_scalar_function();
    duckdb_scalar_function_set_name(function, "in_set");
    duckdb_logical_type id = duckdb_create_logical_type(DUCKDB_TYPE_UINTEGER);
    duckdb_logical_type boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
    duckdb_scalar_function_add_parameter(function, id);
    duckdb_scalar_function_add_parameter(function, id);
    duckdb_scalar_function_set_return_type(function, boolean);
    duckdb_scalar_function_set_special_handling(function);  // we decide what NULL gives: false
    duckdb_scalar_function_set_volatile(function);          // two constants must not be folded: the sets change
    duckdb_scalar_function_set_extra_info(function, sets, nullptr);
    duckdb_scalar_function_set_function(function, in_set);
    CHECK(duckdb_register_scalar_function(connection, function) == DuckDBSuccess);
    duckdb_destroy_logical_type(&id);
    duckdb_destroy_logical_type(&boolean);
    duckdb_destroy_scalar_function(&function);
}

}  // namespace

Result<Connection> Database::connect() {
    auto handle = std::make_unique<Connection::Handle>();
    if (duckdb_connect(handle_->database, &handle->connection) == DuckDBError)
        return fail(Errc::Io, "DuckDB gives no connection");
    return Connection(std::move(handle));
}

// ---- Connection

Connection::Connection(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<void> Connection::run(const std::string& sql) {
    duckdb_result result{};
    const duckdb_state state = duckdb_query(handle_->connection, sql.c_str(), &result);
    Result<void> outcome;
    if (state == DuckDBError) outcome = refused(duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    return outcome;
}

Result<Rows> Connection::query(const std::string& sql, std::initializer_list<Parameter> parameters) {
    auto handle = std::make_unique<Rows::Handle>();
    duckdb_prepared_statement statement = nullptr;
    if (duckdb_prepare(handle_->connection, sql.c_str(), &statement) == DuckDBError) {
        auto error = refused(duckdb_prepare_error(statement));
        duckdb_destroy_prepare(&statement);
        return error;
    }
    idx_t index = 0;
    for (const Parameter& parameter : parameters) {
        ++index;
        if (const auto* const number = std::get_if<std::uint64_t>(&parameter))
            duckdb_bind_uint64(statement, index, *number);
        else if (const auto* const negative = std::get_if<std::int64_t>(&parameter))
            duckdb_bind_int64(statement, index, *negative);
        else if (const auto* const text = std::get_if<std::string_view>(&parameter))
            duckdb_bind_varchar_length(statement, index, text->data(), text->size());
        else
            duckdb_bind_null(statement, index);
    }
    const duckdb_state state = duckdb_execute_prepared(statement, &handle->result);
    duckdb_destroy_prepare(&statement);
    if (state == DuckDBError) return refused(duckdb_result_error(&handle->result));

    handle->columns.resize(duckdb_column_count(&handle->result));
    for (std::size_t i = 0; i < handle->columns.size(); ++i)
        handle->columns[i].width = width_of(duckdb_column_type(&handle->result, i));
    return Rows(std::move(handle));
}

Result<std::uint64_t> Connection::number(const std::string& sql, std::initializer_list<Parameter> parameters) {
    Rows rows = TRY(query("SELECT CAST(number AS UBIGINT) FROM (" + sql + ") AS one(number)", parameters));
    if (!rows.next() || rows.is_null(0, 0)) return 0;
    return rows.numbers<std::uint64_t>(0)[0];
}

void Connection::use_sets(std::span<const IdSet> sets) {
    if (!std::exchange(handle_->asks_sets, true)) register_in_set(handle_->connection, &handle_->sets);
    handle_->sets = sets;
}

void Connection::interrupt() { duckdb_interrupt(handle_->connection); }

// ---- Rows

Rows::Rows(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

bool Rows::next() {
    if (handle_->chunk) duckdb_destroy_data_chunk(&handle_->chunk);
    handle_->chunk = duckdb_fetch_chunk(handle_->result);
    size_ = handle_->chunk ? duckdb_data_chunk_get_size(handle_->chunk) : 0;
    if (size_ == 0) return false;
    for (std::size_t i = 0; i < handle_->columns.size(); ++i) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(handle_->chunk, i);
        handle_->columns[i].data = duckdb_vector_get_data(vector);
        handle_->columns[i].validity = duckdb_vector_get_validity(vector);
    }
    return true;
}

const void* Rows::data(std::size_t column, std::size_t width) const {
    CHECK(handle_->columns[column].width == width);
    return handle_->columns[column].data;
}

bool Rows::is_null(std::size_t column, std::size_t row) const {
    const std::uint64_t* const validity = handle_->columns[column].validity;
    return validity && !(validity[row / 64] >> (row % 64) & 1);
}

std::string_view Rows::text(std::size_t column, std::size_t row) const {
    if (is_null(column, row)) return {};
    CHECK(handle_->columns[column].width == 0);
    auto* const strings = static_cast<duckdb_string_t*>(handle_->columns[column].data);
    return {duckdb_string_t_data(&strings[row]), duckdb_string_t_length(strings[row])};
}

std::size_t Rows::column_count() const { return handle_->columns.size(); }
std::string_view Rows::column_name(std::size_t column) const { return duckdb_column_name(&handle_->result, column); }

// ---- Appender

std::string_view sql_name(ColumnType type) {
    switch (type) {
        case ColumnType::U8: return "UTINYINT";
        case ColumnType::U16: return "USMALLINT";
        case ColumnType::U32: return "UINTEGER";
        case ColumnType::U64: return "UBIGINT";
        case ColumnType::I64: return "BIGINT";
        case ColumnType::Text: return "VARCHAR";
        case ColumnType::Blob: return "BLOB";
    }
    return "";
}

Appender::Appender(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Appender::Appender(Appender&&) noexcept = default;
Appender& Appender::operator=(Appender&&) noexcept = default;
Appender::~Appender() = default;

Result<Appender> Appender::open(Connection& connection, const std::string& table, std::span<const ColumnType> columns) {
    auto handle = std::make_unique<Handle>();
    if (duckdb_appender_create(connection.handle_->connection, nullptr, table.c_str(), &handle->appender) ==
        DuckDBError)
        return refused(duckdb_appender_error(handle->appender));
    std::vector<duckdb_logical_type> types;
    for (const ColumnType column : columns) types.push_back(duckdb_create_logical_type(duckdb_type_of(column)));
    handle->chunk = duckdb_create_data_chunk(types.data(), types.size());
    for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);

    Appender appender(std::move(handle));
    appender.data_.resize(columns.size());
    appender.validity_.resize(columns.size());
    appender.start_chunk();
    return appender;
}

void Appender::start_chunk() {
    duckdb_data_chunk_reset(handle_->chunk);
    for (std::size_t i = 0; i < data_.size(); ++i) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(handle_->chunk, i);
        data_[i] = duckdb_vector_get_data(vector);
        duckdb_vector_ensure_validity_writable(vector);
        validity_[i] = duckdb_vector_get_validity(vector);
        std::fill_n(validity_[i], kRows / 64, 0);
    }
    row_ = 0;
}

void Appender::put_text(std::size_t column, std::string_view text) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(handle_->chunk, column);
    duckdb_vector_assign_string_element_len(vector, row_, text.data(), text.size());
    mark(column);
}

Result<void> Appender::send() {
    if (row_ == 0) return {};
    duckdb_data_chunk_set_size(handle_->chunk, row_);
    if (duckdb_append_data_chunk(handle_->appender, handle_->chunk) == DuckDBError)
        return refused(duckdb_appender_error(handle_->appender));
    start_chunk();
    return {};
}

Result<void> Appender::flush() {
    TRY(send());
    if (duckdb_appender_flush(handle_->appender) == DuckDBError)
        return refused(duckdb_appender_error(handle_->appender));
    return {};
}

std::string sql_text(std::string_view text) {
    std::string literal = "'";
    for (const char c : text) {
        if (c == '\'') literal += '\'';
        literal += c;
    }
    return literal + '\'';
}

std::string sql_keys(std::span<const std::uint64_t> keys) {
    return fmt::format("{},{}", fmt::join(keys, ","), UINT64_MAX);
}

}  // namespace spoor::store::duckdb

#include "store/duckdb/engine/engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/scratch_folder.h"

namespace spoor::store::duckdb {
namespace {

TEST(Engine, GivesBackWhatTheAppenderPut) {
    const ScratchFolder scratch;
    auto database = Database::open(scratch.file("a.duckdb"), Access::ReadWrite, {}).value();
    auto connection = database.connect().value();
    ASSERT_TRUE(connection.run("CREATE TABLE t (n UBIGINT, s VARCHAR, b BLOB, small UINTEGER)"));
    const ColumnType types[] = {ColumnType::U64, ColumnType::Text, ColumnType::Blob, ColumnType::U32};
    {
        auto appender = Appender::open(connection, "t", types).value();
        for (std::uint64_t i = 0; i < 5000; ++i) {
            appender.put(0, i);
            if (i % 2) appender.put_text(1, std::to_string(i));
            appender.put_text(2, std::string_view("\0\xff", 2));
            ASSERT_TRUE(appender.end_row());
        }
        ASSERT_TRUE(appender.flush());
    }
    auto rows = connection.query("SELECT * FROM t ORDER BY n").value();
    std::uint64_t expected = 0;
    while (rows.next())
        for (std::size_t row = 0; row < rows.size(); ++row, ++expected) {
            ASSERT_EQ(rows.numbers<std::uint64_t>(0)[row], expected);
            ASSERT_EQ(rows.is_null(1, row), expected % 2 == 0);
            ASSERT_EQ(rows.text(1, row), expected % 2 ? std::to_string(expected) : "");
            ASSERT_EQ(rows.text(2, row), std::string_view("\0\xff", 2));
            ASSERT_TRUE(rows.is_null(3, row));
        }
    EXPECT_EQ(expected, 5000u);
}

TEST(Engine, OpensFilesWithBlocksOfAnotherSize) {
    const ScratchFolder scratch;
    {
        auto database = Database::open(scratch.file("a.duckdb"), Access::ReadWrite, {}).value();
        auto connection = database.connect().value();
        ASSERT_TRUE(
            connection.run(fmt::format("ATTACH {} AS old (BLOCK_SIZE 262144); CREATE TABLE old.t AS SELECT "
                                       "range AS n FROM range(1000); DETACH old",
                                       sql_text(scratch.file("old.duckdb")))));
    }
    for (const Access access : {Access::ReadWrite, Access::ReadOnly}) {
        auto database = Database::open(scratch.file("old.duckdb"), access, {}).value();
        EXPECT_EQ(database.connect().value().number("SELECT sum(n) FROM t").value(), 499'500u);
    }
}

TEST(Engine, AsksSetsOfNumbers) {
    const ScratchFolder scratch;
    auto database = Database::open(scratch.file("a.duckdb"), Access::ReadWrite, {}).value();
    auto connection = database.connect().value();
    ASSERT_TRUE(connection.run("CREATE TABLE t AS SELECT CAST(range AS UINTEGER) AS n FROM range(1000)"));
    ASSERT_TRUE(connection.run("INSERT INTO t VALUES (NULL)"));
    IdSet even(16);
    for (std::size_t i = 0; i < 1000; i += 2) even[i / 64] |= 1ull << (i % 64);
    const IdSet sets[] = {even, {}};
    connection.use_sets(sets);
    EXPECT_EQ(connection.number("SELECT count(*) FROM t WHERE in_set(n, 0)").value(), 500u);
    EXPECT_EQ(connection.number("SELECT count(*) FROM t WHERE in_set(n, 1)").value(), 0u);
    EXPECT_EQ(connection.number("SELECT count(*) FROM t WHERE NOT in_set(n, 0)").value(), 501u);
}

TEST(Engine, LooksUpKeysThatFollowEachOtherInTheIndex) {
    const ScratchFolder scratch;
    auto database = Database::open(scratch.file("a.duckdb"), Access::ReadWrite, {}).value();
    auto connection = database.connect().value();
    ASSERT_TRUE(
        connection.run("CREATE TABLE t AS SELECT CAST(range AS UBIGINT) AS n FROM range(100000);"
                       "CREATE INDEX t_by_n ON t (n)"));
    const std::uint64_t keys[] = {7002, 7000, 7001};
    const std::string sql = "SELECT n FROM t WHERE n IN (" + sql_keys(keys) + ")";
    auto found = connection.query(sql).value();
    ASSERT_TRUE(found.next());
    EXPECT_EQ(found.size(), 3u);
    auto plan = connection.query("EXPLAIN ANALYZE " + sql).value();
    ASSERT_TRUE(plan.next());
    EXPECT_TRUE(plan.text(1, 0).contains("Index Scan")) << plan.text(1, 0);
}

TEST(Engine, TellsTheKindsOfRefusalApart) {
    const ScratchFolder scratch;
    const std::string file = scratch.file("a.duckdb");
    {
        auto database = Database::open(file, Access::ReadWrite, {}).value();
        auto connection = database.connect().value();
        EXPECT_EQ(connection.run("SELEKT 1").error().code, Errc::BadQuery);
        EXPECT_EQ(connection.query("SELECT nothing FROM nowhere").error().code, Errc::NotFound);
    }
    EXPECT_EQ(Database::open(scratch.file("none.duckdb"), Access::ReadOnly, {}).error().code, Errc::NotFound);
    std::filesystem::resize_file(file, 5000);
    EXPECT_FALSE(Database::open(file, Access::ReadWrite, {}));
}

TEST(Engine, BindsTextsThatLookLikeSql) {
    const ScratchFolder scratch;
    auto database = Database::open(scratch.file("a.duckdb"), Access::ReadWrite, {}).value();
    auto connection = database.connect().value();
    const std::string_view hostile = "x'; DROP TABLE t; --";
    auto rows = connection.query("SELECT ?, " + sql_text(hostile), {hostile}).value();
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.text(0, 0), hostile);
    EXPECT_EQ(rows.text(1, 0), hostile);
}

}  // namespace
}  // namespace spoor::store::duckdb

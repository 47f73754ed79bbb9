// The functions of DuckDB that the engine calls, out of a library that is loaded when a database is first opened.
//
// The program is not linked to DuckDB: to load it takes 3 ms, or 9 where it is a system's own, in which a log of 10 MB
// can be read, and most commands never open a store. Here each function's name stands for the function itself, found on
// its first call; engine.cc calls them as DuckDB's own documentation does.
#pragma once
#include <duckdb.h>

#include <algorithm>
#include <cstddef>

#include "base/result.h"

namespace spoor::store::duckdb {

/// Loads the library, once. To be called before any of the functions below.
Result<void> load_library();

/// A function of the loaded library, which must have it: what is missing there is an error in how we were installed.
void* library_function(const char* name);

/// A string as a template's argument.
template <std::size_t size>
struct Name {
    consteval Name(const char (&literal)[size]) { std::copy_n(literal, size, text); }
    char text[size];
};

template <typename Function, Name name>
class Imported;

template <typename Returned, typename... Arguments, Name name>
class Imported<Returned(Arguments...), name> {
public:
    Returned operator()(Arguments... arguments) const {
        static auto* const function = reinterpret_cast<Returned (*)(Arguments...)>(library_function(name.text));
        return function(arguments...);
    }
};

inline constexpr Imported<decltype(::duckdb_append_data_chunk), "duckdb_append_data_chunk"> duckdb_append_data_chunk;
inline constexpr Imported<decltype(::duckdb_appender_create), "duckdb_appender_create"> duckdb_appender_create;
inline constexpr Imported<decltype(::duckdb_appender_destroy), "duckdb_appender_destroy"> duckdb_appender_destroy;
inline constexpr Imported<decltype(::duckdb_appender_error), "duckdb_appender_error"> duckdb_appender_error;
inline constexpr Imported<decltype(::duckdb_appender_flush), "duckdb_appender_flush"> duckdb_appender_flush;
inline constexpr Imported<decltype(::duckdb_bind_int64), "duckdb_bind_int64"> duckdb_bind_int64;
inline constexpr Imported<decltype(::duckdb_bind_null), "duckdb_bind_null"> duckdb_bind_null;
inline constexpr Imported<decltype(::duckdb_bind_uint64), "duckdb_bind_uint64"> duckdb_bind_uint64;
inline constexpr Imported<decltype(::duckdb_bind_varchar_length), "duckdb_bind_varchar_length">
    duckdb_bind_varchar_length;
inline constexpr Imported<decltype(::duckdb_close), "duckdb_close"> duckdb_close;
inline constexpr Imported<decltype(::duckdb_column_count), "duckdb_column_count"> duckdb_column_count;
inline constexpr Imported<decltype(::duckdb_column_name), "duckdb_column_name"> duckdb_column_name;
inline constexpr Imported<decltype(::duckdb_column_type), "duckdb_column_type"> duckdb_column_type;
inline constexpr Imported<decltype(::duckdb_connect), "duckdb_connect"> duckdb_connect;
inline constexpr Imported<decltype(::duckdb_create_config), "duckdb_create_config"> duckdb_create_config;
inline constexpr Imported<decltype(::duckdb_create_data_chunk), "duckdb_create_data_chunk"> duckdb_create_data_chunk;
inline constexpr Imported<decltype(::duckdb_create_logical_type), "duckdb_create_logical_type">
    duckdb_create_logical_type;
inline constexpr Imported<decltype(::duckdb_create_scalar_function), "duckdb_create_scalar_function">
    duckdb_create_scalar_function;
inline constexpr Imported<decltype(::duckdb_data_chunk_get_size), "duckdb_data_chunk_get_size">
    duckdb_data_chunk_get_size;
inline constexpr Imported<decltype(::duckdb_data_chunk_get_vector), "duckdb_data_chunk_get_vector">
    duckdb_data_chunk_get_vector;
inline constexpr Imported<decltype(::duckdb_data_chunk_reset), "duckdb_data_chunk_reset"> duckdb_data_chunk_reset;
inline constexpr Imported<decltype(::duckdb_data_chunk_set_size), "duckdb_data_chunk_set_size">
    duckdb_data_chunk_set_size;
inline constexpr Imported<decltype(::duckdb_destroy_config), "duckdb_destroy_config"> duckdb_destroy_config;
inline constexpr Imported<decltype(::duckdb_destroy_data_chunk), "duckdb_destroy_data_chunk"> duckdb_destroy_data_chunk;
inline constexpr Imported<decltype(::duckdb_destroy_logical_type), "duckdb_destroy_logical_type">
    duckdb_destroy_logical_type;
inline constexpr Imported<decltype(::duckdb_destroy_prepare), "duckdb_destroy_prepare"> duckdb_destroy_prepare;
inline constexpr Imported<decltype(::duckdb_destroy_result), "duckdb_destroy_result"> duckdb_destroy_result;
inline constexpr Imported<decltype(::duckdb_destroy_scalar_function), "duckdb_destroy_scalar_function">
    duckdb_destroy_scalar_function;
inline constexpr Imported<decltype(::duckdb_disconnect), "duckdb_disconnect"> duckdb_disconnect;
inline constexpr Imported<decltype(::duckdb_execute_prepared), "duckdb_execute_prepared"> duckdb_execute_prepared;
inline constexpr Imported<decltype(::duckdb_fetch_chunk), "duckdb_fetch_chunk"> duckdb_fetch_chunk;
inline constexpr Imported<decltype(::duckdb_free), "duckdb_free"> duckdb_free;
inline constexpr Imported<decltype(::duckdb_interrupt), "duckdb_interrupt"> duckdb_interrupt;
inline constexpr Imported<decltype(::duckdb_open_ext), "duckdb_open_ext"> duckdb_open_ext;
inline constexpr Imported<decltype(::duckdb_prepare), "duckdb_prepare"> duckdb_prepare;
inline constexpr Imported<decltype(::duckdb_prepare_error), "duckdb_prepare_error"> duckdb_prepare_error;
inline constexpr Imported<decltype(::duckdb_query), "duckdb_query"> duckdb_query;
inline constexpr Imported<decltype(::duckdb_register_scalar_function), "duckdb_register_scalar_function">
    duckdb_register_scalar_function;
inline constexpr Imported<decltype(::duckdb_result_error), "duckdb_result_error"> duckdb_result_error;
inline constexpr Imported<decltype(::duckdb_scalar_function_add_parameter), "duckdb_scalar_function_add_parameter">
    duckdb_scalar_function_add_parameter;
inline constexpr Imported<decltype(::duckdb_scalar_function_get_extra_info), "duckdb_scalar_function_get_extra_info">
    duckdb_scalar_function_get_extra_info;
inline constexpr Imported<decltype(::duckdb_scalar_function_set_extra_info), "duckdb_scalar_function_set_extra_info">
    duckdb_scalar_function_set_extra_info;
inline constexpr Imported<decltype(::duckdb_scalar_function_set_function), "duckdb_scalar_function_set_function">
    duckdb_scalar_function_set_function;
inline constexpr Imported<decltype(::duckdb_scalar_function_set_name), "duckdb_scalar_function_set_name">
    duckdb_scalar_function_set_name;
inline constexpr Imported<decltype(::duckdb_scalar_function_set_return_type), "duckdb_scalar_function_set_return_type">
    duckdb_scalar_function_set_return_type;
inline constexpr Imported<decltype(::duckdb_scalar_function_set_special_handling),
                          "duckdb_scalar_function_set_special_handling">
    duckdb_scalar_function_set_special_handling;
inline constexpr Imported<decltype(::duckdb_scalar_function_set_volatile), "duckdb_scalar_function_set_volatile">
    duckdb_scalar_function_set_volatile;
inline constexpr Imported<decltype(::duckdb_set_config), "duckdb_set_config"> duckdb_set_config;
inline constexpr Imported<decltype(::duckdb_string_t_data), "duckdb_string_t_data"> duckdb_string_t_data;
inline constexpr Imported<decltype(::duckdb_string_t_length), "duckdb_string_t_length"> duckdb_string_t_length;
inline constexpr Imported<decltype(::duckdb_vector_assign_string_element_len),
                          "duckdb_vector_assign_string_element_len">
    duckdb_vector_assign_string_element_len;
inline constexpr Imported<decltype(::duckdb_vector_ensure_validity_writable), "duckdb_vector_ensure_validity_writable">
    duckdb_vector_ensure_validity_writable;
inline constexpr Imported<decltype(::duckdb_vector_get_data), "duckdb_vector_get_data"> duckdb_vector_get_data;
inline constexpr Imported<decltype(::duckdb_vector_get_validity), "duckdb_vector_get_validity">
    duckdb_vector_get_validity;

}  // namespace spoor::store::duckdb

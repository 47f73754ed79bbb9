# spoor::duckdb: DuckDB's C header, and where its library is. A system's own is taken where there is one; otherwise the packages
# that the DuckDB project publishes on npm, pinned and checked by third_party/duckdb/package-lock.json.
find_path(DUCKDB_HEADERS duckdb.h)
find_library(DUCKDB_LIBRARY duckdb)

if(NOT DUCKDB_HEADERS OR NOT DUCKDB_LIBRARY)
    # Below build/, shared by all presets; a stamp of the lock file says which version is there.
    set(duckdb_home ${CMAKE_SOURCE_DIR}/build/third_party/duckdb)
    set(duckdb_lock ${CMAKE_SOURCE_DIR}/third_party/duckdb/package-lock.json)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${duckdb_lock})
    file(SHA256 ${duckdb_lock} duckdb_wanted)
    set(duckdb_stamp ${duckdb_home}/${duckdb_wanted})
    file(LOCK ${duckdb_home}.lock GUARD PROCESS TIMEOUT 600)
    if(NOT EXISTS ${duckdb_stamp})
        find_program(NPM npm)
        if(NOT NPM)
            message(FATAL_ERROR "DuckDB is neither installed nor can be fetched: npm is missing (scripts/bootstrap installs it)")
        endif()
        message(STATUS "Fetching DuckDB")
        file(REMOVE_RECURSE ${duckdb_home})
        file(COPY ${CMAKE_SOURCE_DIR}/third_party/duckdb/package.json ${duckdb_lock} DESTINATION ${duckdb_home})
        execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund WORKING_DIRECTORY ${duckdb_home}
            RESULT_VARIABLE duckdb_failed OUTPUT_VARIABLE duckdb_said ERROR_VARIABLE duckdb_said)
        if(duckdb_failed)
            message(FATAL_ERROR "Fetching DuckDB failed:\n${duckdb_said}")
        endif()
        file(TOUCH ${duckdb_stamp})
    endif()
    file(LOCK ${duckdb_home}.lock RELEASE)

    set(duckdb_machine x64)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
        set(duckdb_machine arm64)
    endif()
    set(DUCKDB_HEADERS ${duckdb_home}/node_modules/duckdb/src/duckdb/src/include)
    set(DUCKDB_LIBRARY ${duckdb_home}/node_modules/@duckdb/node-bindings-linux-${duckdb_machine}/libduckdb.so)
endif()

# Not linked: the store loads the library when it is needed (src/store/duckdb/library.h says why).
add_library(spoor_duckdb INTERFACE)
add_library(spoor::duckdb ALIAS spoor_duckdb)
target_include_directories(spoor_duckdb SYSTEM INTERFACE ${DUCKDB_HEADERS})
target_compile_definitions(spoor_duckdb INTERFACE SPOOR_DUCKDB_LIBRARY="${DUCKDB_LIBRARY}")
target_link_libraries(spoor_duckdb INTERFACE ${CMAKE_DL_LIBS})

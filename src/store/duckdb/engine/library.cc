#include "store/duckdb/engine/library.h"

#include <dlfcn.h>

#include <fmt/format.h>

#include "base/check.h"

namespace spoor::store::duckdb {
namespace {

struct Library {
    void* handle = nullptr;
    std::string failure;
};

/// A library that is bound to itself (third_party/duckdb/bind.mjs) has little left to look up. Of a system's own it is
/// lazily: to look up all that its 60 MB might ever call takes 10 ms more. And of its 37,000 names that cannot wait,
/// nearly all are its own: to look there first, and not in our two dozen libraries, saves 6 ms of 15. Sanitizers have
/// to be found first, so with them it cannot be.
#ifdef SPOOR_SANITIZED
constexpr int kHow = RTLD_LAZY | RTLD_LOCAL;
#else
constexpr int kHow = RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND;
#endif

/// Where the build found it; where the system has it, when the program was carried elsewhere.
Library open_library() {
    Library library;
    for (const char* const path : {SPOOR_DUCKDB_LIBRARY, "libduckdb.so"}) {
        library.handle = ::dlopen(path, kHow);
        if (library.handle != nullptr) break;
        if (library.failure.empty()) library.failure = ::dlerror();
    }
    return library;
}

const Library& library() {
    static const Library loaded = open_library();
    return loaded;
}

}  // namespace

Result<void> load_library() {
    if (library().handle != nullptr) return {};
    return fail(Errc::NotFound,
                fmt::format("the store needs DuckDB, whose library cannot be loaded: {}", library().failure));
}

void* library_function(const char* name) {
    void* const function = ::dlsym(library().handle, name);
    CHECK(function != nullptr);
    return function;
}

}  // namespace spoor::store::duckdb

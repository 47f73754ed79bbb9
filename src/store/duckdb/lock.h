// Lock: says who has a store open. One writer, or any number of readers.
#pragma once
#include <string>

#include "base/result.h"
#include "store/duckdb/engine/engine.h"

namespace spoor::store::duckdb {

/// Held while it lives; the system takes it away when the process dies, however it dies.
class Lock {
public:
    /// Errc::Busy, naming the holder, when another process has the store open in a way that excludes ours.
    static Result<Lock> take(const std::string& path, Access access);
    Lock(Lock&& other) noexcept;
    Lock& operator=(Lock&&) = delete;
    ~Lock();

private:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace spoor::store::duckdb

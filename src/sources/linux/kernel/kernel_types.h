// KernelTypes: what the running kernel tells of its own types (BTF): which functions and tracepoints it has.
#pragma once
#include <string>

#include "base/result.h"

struct btf;

namespace spoor::sensor {

class KernelTypes {
public:
    /// Read once for many questions: the kernel hands out its six megabytes a page at a time.
    static Result<KernelTypes> load();
    ~KernelTypes();
    KernelTypes(KernelTypes&& other) noexcept;
    KernelTypes& operator=(KernelTypes&&) = delete;

    bool has_function(const std::string& name) const;
    bool has_tracepoint(const std::string& name) const;
    /// How many arguments the tracepoint hands on here, its own data not counted; 0 when it is not there.
    unsigned arguments_of_tracepoint(const std::string& name) const;

private:
    explicit KernelTypes(btf* types) : types_(types) {}
    btf* types_;
};

}  // namespace spoor::sensor

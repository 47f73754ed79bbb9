#include "sources/linux/kernel/kernel_types.h"

#include <bpf/btf.h>

#include <utility>

namespace spoor::sensor {

Result<KernelTypes> KernelTypes::load() {
    btf* const types = btf__load_vmlinux_btf();
    if (!types)
        return fail(Errc::Unsupported,
                    "this kernel has no type information of itself (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)");
    return KernelTypes(types);
}

KernelTypes::~KernelTypes() { btf__free(types_); }

KernelTypes::KernelTypes(KernelTypes&& other) noexcept : types_(std::exchange(other.types_, nullptr)) {}

bool KernelTypes::has_function(const std::string& name) const {
    return btf__find_by_name_kind(types_, name.c_str(), BTF_KIND_FUNC) > 0;
}

bool KernelTypes::has_tracepoint(const std::string& name) const {
    return btf__find_by_name_kind(types_, ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF) > 0;
}

unsigned KernelTypes::arguments_of_tracepoint(const std::string& name) const {
    const int id = btf__find_by_name_kind(types_, ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
    if (id <= 0) return 0;
    const btf_type* const pointer = btf__type_by_id(types_, btf__type_by_id(types_, static_cast<__u32>(id))->type);
    const btf_type* const function = pointer ? btf__type_by_id(types_, pointer->type) : nullptr;
    if (!function || !btf_is_func_proto(function) || btf_vlen(function) == 0) return 0;
    return btf_vlen(function) - 1u;
}

}  // namespace spoor::sensor

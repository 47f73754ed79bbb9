# How every file is compiled: strict warnings, frame pointers for profilers, ccache and mold where they are installed.
add_library(spoor_options INTERFACE)
target_compile_options(spoor_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-omit-frame-pointer -fvisibility=hidden)
target_include_directories(spoor_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

# x86-64-v2 (2009 and later) is the floor; wider instructions are chosen at run time where they pay.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(spoor_options INTERFACE -march=x86-64-v2)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 sees overreads in its own library's inlined string code (GCC bugs 105329, 105651).
    target_compile_options(spoor_options INTERFACE -Wno-restrict -Wno-stringop-overread -Wno-stringop-overflow -Wno-array-bounds)
endif()

if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # GCC 12's library uses std::get_temporary_buffer in std::stable_sort, which clang 19 calls deprecated.
    target_compile_options(spoor_options INTERFACE -Wno-deprecated-declarations)
endif()

if(SPOOR_SANITIZE)
    # Alignment is checked too: our readers load unaligned numbers through memcpy only.
    target_compile_options(spoor_options INTERFACE -fsanitize=${SPOOR_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(spoor_options INTERFACE -fsanitize=${SPOOR_SANITIZE})
    target_compile_definitions(spoor_options INTERFACE SPOOR_SANITIZED)
endif()
if(SPOOR_FUZZ)
    target_compile_options(spoor_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
    target_link_options(spoor_options INTERFACE -fuse-ld=mold)
endif()
# A release keeps its assertions (CHECK); only NDEBUG's own are dropped.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

# For the rooms that every record of a log goes through. Wider inlining gives them a tenth; and what GCC writes for
# copies of some ten bytes (rep movsq) takes longer to start than a call of memcpy takes in all.
add_library(spoor_hot_room INTERFACE)
target_compile_options(spoor_hot_room INTERFACE $<$<CONFIG:RelWithDebInfo>:-O3>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(spoor_hot_room INTERFACE
        -mmemcpy-strategy=unrolled_loop:64:noalign,libcall:-1:noalign
        -mmemset-strategy=unrolled_loop:128:noalign,libcall:-1:noalign)
endif()

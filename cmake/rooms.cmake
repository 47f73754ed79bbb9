# spoor_room(NAME [FOLDERS DIR...] [DEPENDS ROOM...] [LIBRARIES LIB...]): the folder this is called from becomes the
# library spoor_NAME.
#
# Every x.cc in the folder and in its FOLDERS is part of it, every x_test.cc of its test program, every x_bench.cc of its
# benchmark. DEPENDS names the rooms above it (scripts/check-layers holds the list that is allowed).
function(spoor_room name)
    cmake_parse_arguments(ROOM "" "" "FOLDERS;DEPENDS;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
    string(REPLACE "/" "_" target ${name})
    set(patterns *.cc)
    foreach(folder IN LISTS ROOM_FOLDERS)
        list(APPEND patterns ${folder}/*.cc)
    endforeach()
    file(GLOB sources CONFIGURE_DEPENDS ${patterns})
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    set(benches ${sources})
    list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
    list(REMOVE_ITEM sources ${tests} ${benches})
    list(TRANSFORM ROOM_DEPENDS REPLACE "/" "_")
    list(TRANSFORM ROOM_DEPENDS PREPEND spoor_)

    add_library(spoor_${target} STATIC ${sources})
    target_link_libraries(spoor_${target} PUBLIC spoor_options ${ROOM_DEPENDS} ${ROOM_LIBRARIES} PRIVATE ${ROOM_PRIVATE_LIBRARIES})

    if(SPOOR_FUZZ)
        return()
    endif()
    if(tests)
        add_executable(spoor_${target}_test ${tests})
        target_link_libraries(spoor_${target}_test PRIVATE spoor_${target} ${ROOM_PRIVATE_LIBRARIES} GTest::gmock GTest::gtest_main)
        # Tests find the repository (and what lies beside it) from their working directory.
        gtest_discover_tests(spoor_${target}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_MODE PRE_TEST
            TEST_PREFIX "${name}." PROPERTIES TIMEOUT 300)
    endif()
    if(benches)
        add_executable(spoor_${target}_bench ${benches})
        target_link_libraries(spoor_${target}_bench PRIVATE spoor_${target} ${ROOM_PRIVATE_LIBRARIES} benchmark::benchmark_main)
    endif()
endfunction()
include(GoogleTest)

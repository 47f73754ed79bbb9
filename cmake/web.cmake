# The browser UI: built by Vite when npm is there, and compiled into the server as bytes. Without npm the program is
# built without pages and says so.
#
# spoor_embed_web(TARGET): adds the table of embedded files to TARGET.
function(spoor_embed_web target)
    set(web ${CMAKE_SOURCE_DIR}/web)
    set(built ${CMAKE_BINARY_DIR}/web)
    find_program(NPM npm)
    file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
    set(inputs ${web_sources} ${web}/index.html ${web}/package.json ${web}/package-lock.json ${web}/vite.config.js)
    if(NPM)
        add_custom_command(
            OUTPUT ${built}/assets.cc
            COMMAND ${CMAKE_SOURCE_DIR}/scripts/build-web ${built}
            DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/scripts/build-web ${web}/embed.js
            COMMENT "Building the browser UI" VERBATIM)
        target_sources(${target} PRIVATE ${built}/assets.cc)
    else()
        message(WARNING "npm is not there: spoor is built without its browser UI")
        file(WRITE ${built}/assets.cc
            "#include <span>\n#include \"server/http/assets.h\"\nnamespace spoor::server {\nstd::span<const Asset> embedded_assets();\n"
            "std::span<const Asset> embedded_assets() { return {}; }\n}\n")
        target_sources(${target} PRIVATE ${built}/assets.cc)
    endif()
endfunction()

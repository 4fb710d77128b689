# Warnings and hardening for our own code; the same list for every preset.

add_library(act_flags INTERFACE)
target_include_directories(act_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(act_flags INTERFACE _GNU_SOURCE ACT_POISON)
set(ACT_WARNINGS -Wall -Wextra -Werror -Wshadow -Wvla -Wformat=2 -Wundef -Wpointer-arith)
target_compile_options(act_flags INTERFACE
    ${ACT_WARNINGS} -fno-common
    $<$<COMPILE_LANGUAGE:C>:-Wconversion>
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
    $<$<CONFIG:Release>:-fstack-protector-strong>)
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
    # GCC knows level 3; Clang 14 would warn.
    target_compile_options(act_flags INTERFACE
        $<$<CONFIG:Release>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=3>)
endif()
if(CMAKE_C_COMPILER_ID MATCHES Clang)
    # Only fuzzing uses Clang; GCC's reading of formats and conversions is the one that counts.
    target_compile_options(act_flags INTERFACE -Wno-format-nonliteral -Wno-string-conversion)
endif()
target_link_options(act_flags INTERFACE -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
if(ACT_ARENA_DEBUG)
    target_compile_definitions(act_flags INTERFACE ACT_ARENA_DEBUG)
endif()

# Asserts document our contracts; they stay on in release builds too.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

find_program(ACT_CCACHE ccache)
if(ACT_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${ACT_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${ACT_CCACHE})
endif()

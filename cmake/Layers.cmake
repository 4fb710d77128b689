# One static library a folder of src/, the programs, and what tests link.

# act_layer(NAME [LAYERS ...] [LIBS ...]): libact_NAME.a from src/NAME/*.{c,cpp}. LIBS are
# act::NAME of Dependencies.cmake, or plain linker names.
function(act_layer name)
    cmake_parse_arguments(ARG "" "" "LAYERS;LIBS" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/src/${name}/*.c ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.c$")
    if(NOT sources)
        add_library(act_${name} INTERFACE)
        set(scope INTERFACE)
    else()
        add_library(act_${name} STATIC ${sources})
        set(scope PUBLIC)
    endif()
    target_link_libraries(act_${name} ${scope} act_flags)
    foreach(layer IN LISTS ARG_LAYERS)
        target_link_libraries(act_${name} ${scope} act_${layer})
    endforeach()
    foreach(lib IN LISTS ARG_LIBS)
        if(TARGET act::${lib})
            target_link_libraries(act_${name} ${scope} act::${lib})
        else()
            target_link_libraries(act_${name} ${scope} ${lib})
        endif()
    endforeach()
    set_property(GLOBAL APPEND PROPERTY ACT_LAYERS ${name})
endfunction()

# The program `activity`: src/cmd/main.c over the library of the other files of src/cmd, so
# that tests may link these. Its manual page comes from the program itself.
function(act_programs)
    if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/cmd/main.c)
        return()
    endif()
    act_layer(cmd LAYERS base cel core net kube broker store registry pipeline api LIBS zlib)
    target_compile_definitions(act_cmd PRIVATE ACT_VERSION="${PROJECT_VERSION}")
    add_executable(activity ${CMAKE_SOURCE_DIR}/src/cmd/main.c)
    target_link_libraries(activity PRIVATE act_cmd)
    add_custom_command(TARGET activity POST_BUILD
        COMMAND sh -c "./activity manual > activity.1"
        WORKING_DIRECTORY $<TARGET_FILE_DIR:activity> VERBATIM)
    include(GNUInstallDirs)
    install(TARGETS activity)
    install(FILES $<TARGET_FILE_DIR:activity>/activity.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endfunction()

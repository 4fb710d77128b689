# libcel for programs outside of this tree: one static and one shared library that hold
# src/cel and what it uses of src/base, the headers, a pkg-config file and a manual page.
# Component "libcel": cmake --install BUILD --component libcel --prefix DIR

set(cel_folder ${CMAKE_SOURCE_DIR}/src/cel)
# The version is the header's.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${cel_folder}/cel.h)
foreach(part MAJOR MINOR PATCH)
    file(STRINGS ${cel_folder}/cel.h line REGEX "define CEL_VERSION_${part} ")
    string(REGEX REPLACE "[^0-9]" "" CEL_VERSION_${part} "${line}")
endforeach()
set(CEL_VERSION ${CEL_VERSION_MAJOR}.${CEL_VERSION_MINOR}.${CEL_VERSION_PATCH})
set(CEL_SOVERSION ${CEL_VERSION_MAJOR})
if(CEL_VERSION_MAJOR EQUAL 0)
    set(CEL_SOVERSION 0.${CEL_VERSION_MINOR})
endif()

set(cel_base_objects)
foreach(name alloc arena buf clock err json json_build json_index json_object json_text
        json_write number str)
    file(GLOB source ${CMAKE_SOURCE_DIR}/src/base/${name}.c ${CMAKE_SOURCE_DIR}/src/base/${name}.cpp)
    list(APPEND cel_base_objects ${source})
endforeach()
add_library(cel_base OBJECT ${cel_base_objects})
target_link_libraries(cel_base PRIVATE act_flags act::simdjson)

set(cel_objects $<TARGET_OBJECTS:act_cel> $<TARGET_OBJECTS:cel_base>)
add_library(cel_static STATIC ${cel_objects})
add_library(cel_shared SHARED ${cel_objects})
set_target_properties(cel_static cel_shared PROPERTIES OUTPUT_NAME cel LINKER_LANGUAGE CXX)
set_target_properties(cel_shared PROPERTIES VERSION ${CEL_VERSION} SOVERSION ${CEL_SOVERSION})
target_link_libraries(cel_shared PRIVATE act::simdjson re2 m)
# Only what libcel.map names can be called from outside.
target_link_options(cel_shared PRIVATE -Wl,-z,defs -Wl,-Bsymbolic-functions
    -Wl,--version-script=${cel_folder}/libcel.map)
set_target_properties(cel_shared PROPERTIES LINK_DEPENDS ${cel_folder}/libcel.map)

# The pkg-config file finds the prefix from where it lies: it may be installed anywhere.
file(RELATIVE_PATH CEL_PC_TO_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
string(REGEX REPLACE "/$" "" CEL_PC_TO_PREFIX "${CEL_PC_TO_PREFIX}")
configure_file(${cel_folder}/libcel.pc.in ${CMAKE_BINARY_DIR}/libcel.pc @ONLY)
install(TARGETS cel_static cel_shared COMPONENT libcel
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_BINARY_DIR}/libcel.pc COMPONENT libcel
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${cel_folder}/libcel.3 COMPONENT libcel DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES ${cel_folder}/cel.h COMPONENT libcel
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/libcel/cel)
foreach(name macros err str arena buf json json_write)
    install(FILES ${CMAKE_SOURCE_DIR}/src/base/${name}.h COMPONENT libcel
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/libcel/base)
endforeach()

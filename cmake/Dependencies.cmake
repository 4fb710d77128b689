# System libraries, each as act::NAME, found by pkg-config where it has a file.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
foreach(pair IN ITEMS
        "simdjson=simdjson" "re2=re2" "crypto=libcrypto" "microhttpd=libmicrohttpd"
        "gnutls=gnutls" "curl=libcurl" "zlib=zlib" "yaml=yaml-0.1" "sqlite3=sqlite3"
        "cmocka=cmocka")
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 module)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
    add_library(act::${name} ALIAS PkgConfig::${name})
endforeach()

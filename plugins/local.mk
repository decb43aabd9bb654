# SPDX-License-Identifier: Apache-2.0
pkginclude_HEADERS = %D%/include/loads/plugin.h
pkgconfig_DATA = %D%/loads-plugin.pc
libloads_a_SOURCES += \
    %D%/dispatch.h \
    %D%/loader.h

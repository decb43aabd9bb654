# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/buffer.c %D%/buffer.h \
    %D%/clock.c %D%/clock.h \
    %D%/err.c %D%/err.h \
    %D%/foreign.c %D%/foreign.h \
    %D%/json_writer.c %D%/json_writer.h \
    %D%/lines.c %D%/lines.h \
    %D%/log.c %D%/log.h \
    %D%/memory.c %D%/memory.h \
    %D%/nearest.c %D%/nearest.h \
    %D%/signature.c %D%/signature.h \
    %D%/siphash.c %D%/siphash.h \
    %D%/slice.h \
    %D%/symbols.c %D%/symbols.h \
    %D%/utf8.c %D%/utf8.h

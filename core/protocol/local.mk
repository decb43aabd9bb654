# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/date.c \
    %D%/date.h \
    %D%/decoder.c \
    %D%/decoder.h \
    %D%/message.h \
    %D%/recording.h
    %D%/draft.c \
    %D%/draft.h \
    %D%/fast.c \
    %D%/message.c \
    %D%/message.h \
    %D%/names.c \
    %D%/names.h \
    %D%/parts.h \
    %D%/scan.c \
    %D%/scan.h \
    %D%/slow.c \
    %D%/text.c \
    %D%/text.h

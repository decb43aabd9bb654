# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/arguments.c %D%/arguments.h \
    %D%/cli.c \
    %D%/completion.c \
    %D%/config.c %D%/config.h \
    %D%/gather.c %D%/gather.h %D%/gather_outputs.c \
    %D%/help.c %D%/help.h \
    %D%/layers.c %D%/layers.h \
    %D%/manual.c \
    %D%/options.c %D%/options.h \
    %D%/values.c %D%/values.h

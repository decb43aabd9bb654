# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/decoder.h \
    %D%/message.h \
    %D%/recording.h

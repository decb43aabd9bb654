# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/date.c %D%/date.h \
    %D%/decimal.c %D%/decimal.h \
    %D%/decoder.c %D%/decoder.h \
    %D%/draft.c %D%/draft.h \
    %D%/fast.c %D%/frame_envelope.c %D%/frame_envelope.h %D%/parts.h %D%/slow.c \
    %D%/message.c %D%/message.h \
    %D%/names.c %D%/names.h \
    %D%/recording.c %D%/recording.h \
    %D%/recording_names.c %D%/recording_names.h \
    %D%/scan.c %D%/scan.h \
    %D%/table.c %D%/table.h %D%/table_csv.c %D%/table_json.c \
    %D%/text.c %D%/text.h \
    %D%/values.c %D%/values.h

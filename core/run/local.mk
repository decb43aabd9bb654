# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/exit_code.h \
    %D%/plan.c %D%/plan.h %D%/plan_text.c \
    %D%/program.c %D%/program.h \
    %D%/run.h \
    %D%/settings.c %D%/settings.h \
    %D%/target.c %D%/target.h \
    %D%/words.c %D%/words.h

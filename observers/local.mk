# SPDX-License-Identifier: Apache-2.0
# A new observer NAME is a file here and these lines, with its name in them:
#   observers_PROGRAMS += %D%/NAME.so
#   %C%_NAME_so_SOURCES = %D%/NAME.c
#   %C%_NAME_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
#   %C%_NAME_so_CFLAGS = $(PLUGIN_COMPILE)
#   %C%_NAME_so_LDFLAGS = $(PLUGIN_LINK)
#   %C%_NAME_so_LDADD = $(OUTPUT_LIBS)
# OUTPUT_LIBS is what outputs and observers share, and jansson.
observers_PROGRAMS += %D%/exec.so

%C%_exec_so_SOURCES = %D%/exec.c core/run/words.c
%C%_exec_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_exec_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_exec_so_LDFLAGS = $(PLUGIN_LINK)
%C%_exec_so_LDADD = $(OUTPUT_LIBS)

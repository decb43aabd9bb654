# SPDX-License-Identifier: Apache-2.0
# A new output NAME is a file here and these lines, with its name in them:
#   outputs_PROGRAMS += %D%/NAME.so
#   %C%_NAME_so_SOURCES = %D%/NAME.c
#   %C%_NAME_so_CFLAGS = $(PLUGIN_COMPILE)
#   %C%_NAME_so_LDFLAGS = $(PLUGIN_LINK)
outputs_PROGRAMS += %D%/null.so
%C%_null_so_SOURCES = %D%/null.c
%C%_null_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_null_so_LDFLAGS = $(PLUGIN_LINK)

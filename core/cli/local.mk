# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/arguments.c %D%/arguments.h \
    %D%/cli.c \
    %D%/completion.c \
    %D%/config.c %D%/config.h \
    %D%/gather.c %D%/gather.h %D%/gather_plugins.c \
    %D%/help.c %D%/help.h \
    %D%/layers.c %D%/layers.h \
    %D%/manual.c \
    %D%/options.c %D%/options.h \
    %D%/values.c %D%/values.h

# The names of the original are links to the one program.
INSTALL_HOOKS += install-program-links
UNINSTALL_HOOKS += uninstall-program-links
PROGRAM_LINKS = loads-runner

install-program-links:
	cd $(DESTDIR)$(bindir) && for name in $(PROGRAM_LINKS); do \
	    rm -f $$name && $(LN_S) loads$(EXEEXT) $$name || exit 1; done

uninstall-program-links:
	cd $(DESTDIR)$(bindir) && rm -f $(PROGRAM_LINKS)

# SPDX-License-Identifier: Apache-2.0
pkginclude_HEADERS = %D%/include/loads/plugin.h
pkgconfig_DATA = %D%/loads-plugin.pc
libloads_a_SOURCES += \
    %D%/crash.c %D%/crash.h \
    %D%/describe.c \
    %D%/dispatch.c %D%/dispatch.h \
    %D%/instance.c %D%/instance.h \
    %D%/loader.c %D%/loader.h \
    %D%/observe.c %D%/observe.h \
    %D%/option.c %D%/option.h \
    %D%/queue.c %D%/queue.h \
    %D%/record.c %D%/record.h \
    %D%/search.c %D%/search.h \
    %D%/secret.c %D%/secret.h \
    %D%/trust.c %D%/trust.h

# Where a plugin of one's own starts from. `make installcheck` does what its users
# do: copies it, builds it against what is installed, and lists it.
templatedir = $(pkgdatadir)/template
dist_template_DATA = \
    %D%/template/Makefile \
    %D%/template/README.md \
    %D%/template/example.c

INSTALL_CHECKS += installcheck-template
installcheck-template:
	@umask 022 && folder=`mktemp -d` && trap 'rm -rf "$$folder"' EXIT && unset MAKEFLAGS MFLAGS && \
	cp $(DESTDIR)$(templatedir)/* "$$folder" && \
	PKG_CONFIG_PATH='$(DESTDIR)$(pkgconfigdir)' PKG_CONFIG_SYSROOT_DIR='$(DESTDIR)' \
	    $(MAKE) -s -C "$$folder" CC='$(CC)' && \
	exported=`nm -D --defined-only --format=just-symbols "$$folder/example.so"` && \
	test "$$exported" = loads_plugin && \
	'$(DESTDIR)$(bindir)/loads' plugins --plugin-path "$$folder" > "$$folder/list" && \
	grep -x 'output example: Write the hits that took too long' "$$folder/list"

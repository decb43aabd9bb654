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
    %D%/project.c %D%/project.h \
    %D%/queue.c %D%/queue.h \
    %D%/record.c %D%/record.h \
    %D%/search.c %D%/search.h \
    %D%/secret.c %D%/secret.h \
    %D%/trust.c %D%/trust.h

# What `loads plugin new` copies. `make installcheck` does what its users do: makes
# a plugin of each kind, builds it against what is installed, and tests it.
templatedir = $(pkgdatadir)/template
dist_template_DATA = \
    %D%/template/Makefile \
    %D%/template/README.md \
    %D%/template/gitignore \
    %D%/template/observer-check.sh \
    %D%/template/observer.c \
    %D%/template/output-check.sh \
    %D%/template/output.c

INSTALL_CHECKS += installcheck-template
installcheck-template:
	@folder=`mktemp -d` && trap 'rm -rf "$$folder"' EXIT && unset MAKEFLAGS MFLAGS && cd "$$folder" && \
	PKG_CONFIG_PATH='$(DESTDIR)$(pkgconfigdir)' && PKG_CONFIG_SYSROOT_DIR='$(DESTDIR)' && \
	export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR && \
	for kind in output observer; do \
	    '$(DESTDIR)$(bindir)/loads' plugin new my_$$kind --kind $$kind > /dev/null && \
	    $(MAKE) -s -C my_$$kind CC='$(CC)' LOADS='$(DESTDIR)$(bindir)/loads' check || exit; \
	    test "`nm -D --defined-only --format=just-symbols my_$$kind/my_$$kind.so`" = loads_plugin || exit; \
	done

# SPDX-License-Identifier: Apache-2.0
# Output "html". Its page is made when it is built: of the files here and of uPlot,
# which npm brings. node makes page.c, which holds the page as text.
HTML_PAGE = \
    %D%/chart.js \
    %D%/data.js \
    %D%/distribution.js \
    %D%/dom.js \
    %D%/format.js \
    %D%/main.js \
    %D%/overview.js \
    %D%/page.html \
    %D%/print.css \
    %D%/run.js \
    %D%/sections.js \
    %D%/style.css \
    %D%/table.js \
    %D%/theme.js
EXTRA_DIST += $(HTML_PAGE) %D%/build.mjs %D%/package.json %D%/package-lock.json

if WITH_HTML_OUTPUT

outputs_PROGRAMS += outputs/html.so
outputs_html_so_SOURCES = \
    core/results/histogram.c core/results/histogram.h \
    core/results/histogram_codec.c core/results/histogram_layout.h \
    %D%/digest.c %D%/digest.h \
    %D%/distribution.c %D%/distribution.h \
    %D%/html.c \
    %D%/page.h
nodist_outputs_html_so_SOURCES = %D%/page.c
outputs_html_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
outputs_html_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
outputs_html_so_LDFLAGS = $(PLUGIN_LINK)
outputs_html_so_LDADD = $(OUTPUT_LIBS) $(ZLIB_LIBS)

html_npm = %D%/npm
$(html_npm)/node_modules.stamp: %D%/package.json %D%/package-lock.json .npmrc
	$(AM_V_at)$(MKDIR_P) $(html_npm)
	$(AM_V_at)for file in %D%/package.json %D%/package-lock.json .npmrc; do \
	    $(INSTALL_DATA) $(srcdir)/$$file $(html_npm)/ || exit 1; done
	$(AM_V_GEN)cd $(html_npm) && $(NPM) ci --ignore-scripts --no-audit --no-fund \
	    --prefer-offline --loglevel=error >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
	$(AM_V_at)touch $@

%D%/page.c: $(HTML_PAGE) %D%/build.mjs $(html_npm)/node_modules.stamp
	$(AM_V_GEN)$(NODE) $(srcdir)/%D%/build.mjs $(html_npm)/node_modules/uplot >$@.tmp && mv $@.tmp $@
CLEANFILES += %D%/page.c %D%/page.c.tmp

endif WITH_HTML_OUTPUT

clean-local: clean-html
.PHONY: clean-html
clean-html:
	rm -rf %D%/npm

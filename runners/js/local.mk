# SPDX-License-Identifier: Apache-2.0
# The JavaScript runner is a package: its files and, beside them, what npm installs.
# The build makes a whole one in the build folder (package/); `make install` copies
# that. bin/loads-js-runner finds the package by a way relative to itself.
JS_LIBRARY = \
    %D%/lib/client.js \
    %D%/lib/context.js \
    %D%/lib/data.js \
    %D%/lib/deal.js \
    %D%/lib/encode.js \
    %D%/lib/errors.js \
    %D%/lib/functions.js \
    %D%/lib/hits.js \
    %D%/lib/loader.js \
    %D%/lib/main.js \
    %D%/lib/mocha.js \
    %D%/lib/original.js \
    %D%/lib/random.js \
    %D%/lib/recorders/fetch.js \
    %D%/lib/recorders/http.js \
    %D%/lib/recorders/undici.js \
    %D%/lib/reporter.js \
    %D%/lib/rows.js \
    %D%/lib/settings.js \
    %D%/lib/siphash.js \
    %D%/lib/sockets.js \
    %D%/lib/stop.js \
    %D%/lib/strays.js \
    %D%/lib/tap.js \
    %D%/lib/test_context.js \
    %D%/lib/tests.js \
    %D%/lib/time.js \
    %D%/lib/trust.js \
    %D%/lib/users.js
JS_PACKAGE = %D%/package.json %D%/package-lock.json %D%/index.d.ts
JS_TESTS = \
    %D%/test/data.test.js \
    %D%/test/encode.test.js \
    %D%/test/errors.test.js \
    %D%/test/hits.test.js \
    %D%/test/mocha.test.js \
    %D%/test/package.test.js \
    %D%/test/record.test.js \
    %D%/test/reporter.test.js \
    %D%/test/run.test.js \
    %D%/test/styles.test.js \
    %D%/test/tap.test.js \
    %D%/test/usage.test.js
EXTRA_DIST += $(JS_LIBRARY) $(JS_PACKAGE) $(JS_TESTS) .npmrc %D%/README.md \
    %D%/bin/loads-js-runner %D%/examples/shop.mjs %D%/test/helpers.js \
    docs/tutorial/first-javascript-test.md docs/reference/javascript-test.md

if WITH_JS_RUNNER

jsdir = $(pkglibdir)/js
js_build = %D%/package
RUN_TESTS += $(JS_TESTS)

# npm writes into a folder for hours of other work to find: only a whole one counts.
$(js_build)/node_modules.stamp: %D%/package.json %D%/package-lock.json .npmrc
	$(AM_V_at)$(MKDIR_P) $(js_build)
	$(AM_V_at)for file in package.json package-lock.json; do \
	    $(INSTALL_DATA) $(srcdir)/%D%/$$file $(js_build)/$$file || exit 1; done
	$(AM_V_at)$(INSTALL_DATA) $(srcdir)/.npmrc $(js_build)/.npmrc
	$(AM_V_GEN)cd $(js_build) && $(NPM) ci --omit=dev --ignore-scripts --no-audit --no-fund \
	    --prefer-offline --loglevel=error >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
	$(AM_V_at)cd $(js_build) && $(NODE) -e 'require("zeromq")'
	$(AM_V_at)touch $@

$(js_build)/lib.stamp: $(JS_LIBRARY) $(JS_PACKAGE) %D%/local.mk
	$(AM_V_at)rm -rf $(js_build)/lib
	$(AM_V_at)$(MKDIR_P) $(js_build)/lib/recorders
	$(AM_V_GEN)for file in $(JS_LIBRARY) $(JS_PACKAGE); do \
	    $(INSTALL_DATA) $(srcdir)/$$file $(js_build)/$${file#%D%/} || exit 1; done
	$(AM_V_at)touch $@

loads-js-runner: %D%/bin/loads-js-runner $(js_build)/lib.stamp $(js_build)/node_modules.stamp
	$(AM_V_GEN)$(SED) "s,'\.\./lib/,'./$(js_build)/lib/," $(srcdir)/%D%/bin/loads-js-runner >$@.tmp \
	    && chmod +x $@.tmp && mv $@.tmp $@

all-local: loads-js-runner
CLEANFILES += loads-js-runner loads-js-runner.tmp

# Of zeromq's binaries only those of this system are installed.
install-js: loads-js-runner
	$(MKDIR_P) "$(DESTDIR)$(bindir)" "$(DESTDIR)$(jsdir)"
	cp -R $(js_build)/lib $(js_build)/node_modules $(js_build)/package.json $(js_build)/index.d.ts \
	    "$(DESTDIR)$(jsdir)/"
	rm -rf "$(DESTDIR)$(jsdir)"/node_modules/zeromq/build/darwin \
	    "$(DESTDIR)$(jsdir)"/node_modules/zeromq/build/win32
	way=`$(NODE) -p 'path.relative(process.argv[1], process.argv[2])' "$(bindir)" "$(jsdir)"` && \
	$(SED) "s,'\.\./lib/,'$$way/lib/," $(srcdir)/%D%/bin/loads-js-runner \
	    >"$(DESTDIR)$(bindir)/loads-js-runner" && chmod 755 "$(DESTDIR)$(bindir)/loads-js-runner"

uninstall-js:
	rm -rf "$(DESTDIR)$(jsdir)"
	rm -f "$(DESTDIR)$(bindir)/loads-js-runner"

# What was installed works from where it is.
installcheck-js:
	"$(DESTDIR)$(bindir)/loads-js-runner" $(srcdir)/%D%/examples/shop.mjs:test_home | grep 'TAP version' >/dev/null

distclean-js:
	rm -rf $(js_build)

install-exec-local: install-js
uninstall-local: uninstall-js
INSTALL_CHECKS += installcheck-js
distclean-local: distclean-js

endif WITH_JS_RUNNER
.PHONY: install-js uninstall-js installcheck-js distclean-js

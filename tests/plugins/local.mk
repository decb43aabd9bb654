# SPDX-License-Identifier: Apache-2.0
# What people make to extend Loads: plain libraries, and plugins of their own.
PLUGIN_TESTS += %D%/ffi.bats %D%/project.bats
EXTRA_DIST += %D%/ffi.bats %D%/project.bats %D%/ffi_library.c

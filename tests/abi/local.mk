# SPDX-License-Identifier: Apache-2.0
# The binary contract with plugins: abi-N.txt is the record of ABI N, N/ the header as
# it was when N began.
PLUGIN_TESTS += %D%/abi.bats
EXTRA_DIST += %D%/abi.bats %D%/abi.py %D%/abi-1.txt %D%/oldest.c %D%/1/loads/plugin.h

# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

module Loads
  VERSION = '0.1.0'
end

# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

module Loads
  # Durations come from the monotonic clock, dates from the wall clock; both in whole
  # microseconds.
  module Clock
    module_function

    # Means something only beside another one.
    def now_us = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)

    def unix_us = Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond)

    # In seconds.
    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    def since(began) = (now - began).round(6)
  end
end

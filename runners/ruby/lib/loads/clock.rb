# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

module Loads
  # Durations come from the monotonic clock, dates from the wall clock.
  module Clock
    module_function

    # In seconds; means something only beside another one.
    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # Since a reading of now(), in whole microseconds.
    def since(began) = (now - began).round(6)

    def date(time) = time.utc.strftime('%Y-%m-%dT%H:%M:%S.%6NZ')
  end
end

# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require 'uri'

module Loads
  # Answers what a test asks where no user runs it: at the top of its file, or in plain
  # `ruby FILE`. The same questions as User.
  class Outside
    attr_reader :server_url, :random, :store

    def initialize(server_url:, random: Random.new)
      @server_url = server_url
      @random = random
      @store = {}
    end

    def number = 1
    def iteration = 1

    def row
      raise ArgumentError, 'Loads.row: there are rows only in a test, and with --data'
    end

    def report(_type, **_fields); end
  end
end

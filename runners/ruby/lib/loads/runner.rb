# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# The program: settings, tests, users, the end. It alone ends the process.
require_relative '../loads'
require_relative 'crowd'
require_relative 'deal'
require_relative 'encode'
require_relative 'http'
require_relative 'loader'
require_relative 'settings'
require_relative 'tap'
require_relative 'trust'

module Loads
  class Runner
    EXIT_USAGE = 2
    EXIT_INTERNAL = 70
    SIGNALS = %w[INT TERM].freeze

    def self.main(argv, env)
      runner = new(Settings.new(argv, env))
      code = runner.run
      # Users that were left behind would keep the process waiting for their `ensure`.
      runner.complete? ? exit(code) : exit!(code)
    rescue UsageError => e
      fail_with(e.message, EXIT_USAGE)
    rescue StandardError => e
      fail_with(e.full_message(highlight: false), EXIT_INTERNAL)
    end

    # Without what the test file wants to be done at exit: it has not run.
    def self.fail_with(message, code)
      $stdout.flush
      $stderr.write("loads-ruby-runner: #{message.strip}\n")
      exit!(code)
    end
    private_class_method :fail_with

    def initialize(settings)
      @settings = settings
      @is_complete = true
    end

    def complete? = @is_complete

    # Returns the exit code.
    def run
      return print_about if @settings.action

      # Before the test file, so that all it does is recorded.
      Trust.prepare(@settings)
      Http.record
      Loads.outside = Outside.new(server_url: @settings.server_url, random: Random.new(@settings.number_of('process')))
      $LOAD_PATH.unshift(File.expand_path('..', __dir__)) # for `require 'loads'`
      loader = Loader.new(@settings.target)
      deal = Deal.open(@settings)
      reporter = open_reporter
      crowd = Crowd.new(@settings, loader, deal, reporter)
      trap_signals(crowd)
      @is_complete = crowd.run
      reporter.finish
    end

    private

    def print_about
      $stdout.write(@settings.action == :help ? Settings::USAGE : "#{VERSION}\n")
      0
    end

    # Each needs only its own: by hand no ZeroMQ.
    def open_reporter
      return Tap.new($stdout, @settings.seed) if @settings.receiver.nil?

      require_relative 'reporter'
      Reporter.connect(@settings)
    end

    # The first lets users finish their iterations, the second ends the process.
    def trap_signals(crowd)
      SIGNALS.each do |name|
        trap(name) do
          if crowd.stopping?
            SIGNALS.each { |each| trap(each, 'SYSTEM_DEFAULT') }
            Process.kill(name, Process.pid)
          else
            crowd.stop
          end
        end
      end
    end
  end
end

# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'cases'
require_relative 'clock'
require_relative 'errors'
require_relative 'user'

module Loads
  # What a test is told of that was left behind.
  class Overdue < StandardError; end

  # The users of this process, a thread each: they run all tests one after another, again
  # and again.
  class Crowd
    GRACE_S = 4 # after a signal, for what is running; the host kills after 5

    def initialize(settings, loader, deal, reporter)
      @settings = settings
      @tests = loader.tests
      @set_up = loader.function(:setup_user)
      @tear_down = loader.function(:teardown_user)
      @deal = deal
      @reporter = reporter
      @news = Queue.new # a user that has ended; :signal; :overdue
      @stopping = false
    end

    # Called from a signal handler.
    def stop
      @stopping = true
      @news << :signal
    end

    def stopping? = @stopping

    # Returns whether all users have ended; after a signal they have little time to.
    def run
      @ends = @settings.duration_s && Clock.now + @settings.duration_s
      last = @settings.first_user + @settings.process_users - 1
      @users = (@settings.first_user..last).map { |number| User.new(@settings, @reporter, number) }
      @users.each { |user| start(user) }
      left = wait
      left.each { |user| report_overdue(user) }
      @users.each { |user| report_open(user) }
      left.empty?
    end

    private

    # Threads that a test starts are in the group of the one that runs it.
    def start(user)
      Thread.new do
        user.add(Thread.current)
        run_user(user)
      ensure
        @news << user
      end
    rescue ThreadError => e
      raise UsageError, "user #{user.number}: #{e.message}; spread the users over several --processes"
    end

    def wait
      left = @users.to_h { |user| [user, true] }
      until left.empty?
        case news = @news.pop
        when :signal then Thread.new { sleep(GRACE_S) && @news << :overdue }
        when :overdue then break
        else left.delete(news)
        end
      end
      left.keys
    end

    # A test that waits for no answer, or it is the request that went wrong.
    def report_overdue(user)
      return if user.test.nil? || !user.open_hits.empty?

      error = Overdue.new("the test still ran #{GRACE_S} s after it was to end")
      error.set_backtrace(user.list.first&.backtrace)
      user.report('addError', exc_info: Errors.describe(error))
    end

    # What threads of a test, or a test itself, still wait for; the server may well have
    # seen it.
    def report_open(user)
      user.open_hits.keys.each { |hit| hit.fail('no response before the end of the run') }
    end

    def goes_on?(iteration)
      !@stopping && (@ends ? Clock.now < @ends : iteration <= @settings.hits)
    end

    def run_user(user)
      return unless hook(user, 'setup_user', @set_up)

      iteration = 1
      while goes_on?(iteration)
        user.iteration = iteration
        break if @deal && (user.row = @deal.row(user.number, iteration)).nil?

        @tests.each { |test| run_test(user, test) }
        iteration += 1
      end
      hook(user, 'teardown_user', @tear_down)
    end

    # No test, but told when it goes wrong.
    def hook(user, name, function)
      return true if function.nil?

      outcome = function.run
      return true if outcome.error.nil?

      user.test = name
      user.report('addError', exc_info: Errors.describe(outcome.error))
      user.test = nil
    end

    def run_test(user, test)
      user.test = test.name
      user.report('startTest')
      began = Clock.now
      outcome = test.run
    ensure
      # Without an outcome the test has killed its thread, or the process ends.
      outcome ||= Outcome.raised(ThreadError.new('the test ended the thread that it ran in'))
      tell(user, outcome, Clock.since(began))
    end

    # A test that was skipped has begun and stopped, and is neither good nor bad.
    def tell(user, outcome, elapsed)
      if outcome.type == :skip
        @reporter.skip(user.test, outcome.error.message) if @reporter.respond_to?(:skip)
      else
        user.report(outcome.type, exc_info: outcome.error && Errors.describe(outcome.error))
      end
      user.report('stopTest', elapsed: elapsed)
      user.test = nil
    end
  end
end
